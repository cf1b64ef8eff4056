import { Context, Effect, Layer } from "effect"
import { ownAddress } from "../platform/edge/OwnAddress.ts"
import { withoutEndSlash } from "../platform/outbound/BaseUrl.ts"
import { Settings } from "../platform/settings/Settings.ts"

/** The pages that a link leads to, by the kind of its token. */
const paths = { setup: "setup", invitation: "join", reset: "reset", emailChange: "email" } as const

/**
 * The addresses in mails and on the screen: below PUBLIC_URL, else where the service listens. Never from a request: its `Host` and
 * `X-Forwarded-Host` are what its sender wants them to be.
 */
export class Links extends Context.Service<
  Links,
  {
    /** A page of the service, such as `/signin`. */
    readonly page: (path: `/${string}`) => Effect.Effect<string>
    /** The page that takes this token. */
    readonly to: (kind: keyof typeof paths, token: string) => Effect.Effect<string>
    /** Tells where the service listens, once it does: with `PORT=0` the settings do not. */
    readonly listens: (address: string) => Effect.Effect<void>
  }
>()("fairground/accounts/Links") {
  static readonly layer = Layer.effect(
    Links,
    Effect.gen(function* () {
      const { host, port, publicUrl } = yield* Settings
      let base = withoutEndSlash(publicUrl ?? ownAddress(host, port))
      const page = (path: `/${string}`) => Effect.sync(() => `${base}${path}`)
      return Links.of({
        page,
        to: (kind, token) => page(`/${paths[kind]}/${token}`),
        listens: (address) =>
          Effect.sync(() => {
            if (publicUrl === undefined) base = address
          })
      })
    })
  )
}
