import { Problem } from "../../platform/contract/Problem.ts"

/** 401: address and password do not belong together, or the passkey is not one that signs in. */
export class SignInFailed extends Problem<SignInFailed>()("SignInFailed", {
  name: "sign-in-failed",
  status: 401,
  title: "The sign-in was refused",
  explanation:
    "There is no account with this address, the password is not its password, it has none, or it is disabled: all of these are answered alike, and so is whatever is wrong with a passkey. A person who forgot the password asks for a link at `POST /api/v1/password-resets`."
}) {}

/** 404: no such session of one's own. */
export class SessionNotFound extends Problem<SessionNotFound>()("SessionNotFound", {
  name: "session-not-found",
  status: 404,
  title: "There is no such session",
  explanation:
    "No session of your account has the id in the path: it has ended, or it is of somebody else. `GET /api/v1/sessions` lists those that there are."
}) {}
