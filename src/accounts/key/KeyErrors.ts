import { Problem } from "../../platform/contract/Problem.ts"

/** 404: no key has this id, or the caller may not know of it. */
export class KeyNotFound extends Problem<KeyNotFound>()("KeyNotFound", {
  name: "key-not-found",
  status: 404,
  title: "There is no such key",
  explanation:
    "No key has the id in the path, it was revoked, or it belongs to another account and the caller lacks `keys:write`: all of these are answered alike."
}) {}

/** 403: a key acts in the name of its account. */
export class KeyOfAnotherPerson extends Problem<KeyOfAnotherPerson>()("KeyOfAnotherPerson", {
  name: "key-of-another-person",
  status: 403,
  title: "People make their own keys",
  explanation:
    "What a key does is done in the name of its account, so nobody makes one for another person. Make a machine's account (`POST /api/v1/accounts`) and a key for it, or let the person make one."
}) {}

/** 422: the key would have expired already. */
export class KeyExpired extends Problem<KeyExpired>()("KeyExpired", {
  name: "key-expired",
  status: 422,
  title: "The key would have expired already",
  explanation: "`expiresAt` is not after this moment. Nothing was made. Send a later one, or leave it out."
}) {}
