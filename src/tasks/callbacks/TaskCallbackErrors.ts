import { Problem } from "../../platform/contract/Problem.ts"

/** 403: the token was not made by this service for this task. */
export class CallbackForged extends Problem<CallbackForged>()("CallbackForged", {
  name: "callback-forged",
  status: 403,
  title: "The callback has a wrong token",
  explanation:
    "The `token` was not made by this service for this task. Call back at exactly the address that came with the task."
}) {}

/** 404: the token is valid, but the database does not have its address. */
export class CallbackNotFound extends Problem<CallbackNotFound>()("CallbackNotFound", {
  name: "callback-not-found",
  status: 404,
  title: "There is no such callback",
  explanation:
    "The service made this address but knows nothing of it any more, as after a restore of its database. There is nothing to repeat."
}) {}

/** 409: the address was called before. */
export class CallbackUsed extends Problem<CallbackUsed>()("CallbackUsed", {
  name: "callback-used",
  status: 409,
  title: "The callback was made before",
  explanation:
    "An address to call back at is good for one call, and that call was made. What it brought stands; nothing is to be done."
}) {}

/** 410: the address has expired. */
export class CallbackExpired extends Problem<CallbackExpired>()("CallbackExpired", {
  name: "callback-expired",
  status: 410,
  title: "The callback comes too late",
  explanation: "An address to call back at is good for a day. What was brought is not kept."
}) {}
