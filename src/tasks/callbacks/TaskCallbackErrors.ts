import { HttpApiError } from "effect/http-api"
import { declare } from "../../platform/Problems.ts"

/** 403: the token was not made by this service for this task. */
export class CallbackForged extends HttpApiError.Problem<CallbackForged>()(
  "CallbackForged",
  declare("callback-forged")
) {}

/** 404: the token is right, but the address is not known any more. */
export class CallbackNotFound extends HttpApiError.Problem<CallbackNotFound>()(
  "CallbackNotFound",
  declare("callback-not-found")
) {}

/** 409: the address was called before. */
export class CallbackUsed extends HttpApiError.Problem<CallbackUsed>()("CallbackUsed", declare("callback-used")) {}

/** 410: the address has expired. */
export class CallbackExpired extends HttpApiError.Problem<CallbackExpired>()(
  "CallbackExpired",
  declare("callback-expired")
) {}
