import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import { isIP } from "node:net"
import { PasskeysUnavailable } from "./FactorErrors.ts"
import type { RelyingParty } from "./WebAuthn.ts"

/**
 * Who this service is for passkeys: the host of `PUBLIC_URL`. Without it, `localhost`, if the request says that its page came from
 * there: any other host name that a request brings could be another site's, whose pages would then get answers that count here.
 */
export const relyingParty =
  (publicUrl: string | undefined) =>
  ({ headers }: HttpServerRequest.HttpServerRequest): Effect.Effect<RelyingParty, PasskeysUnavailable> => {
    const url = URL.parse(publicUrl ?? headers["origin"] ?? "")
    const isKnown = publicUrl !== undefined || url?.hostname === "localhost"
    // Browsers refuse passkeys for addresses.
    return url === null || !isKnown || url.hostname.startsWith("[") || isIP(url.hostname) !== 0
      ? Effect.fail(new PasskeysUnavailable({}))
      : Effect.succeed({ id: url.hostname, origin: url.origin })
  }
