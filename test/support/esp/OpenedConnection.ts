import { ConfigProvider, Context, Duration, Effect, Layer, type Scope } from "effect"
import type { EspConnection } from "../../../src/esp/EspClient.ts"
import { EspHttp } from "../../../src/esp/EspHttp.ts"
import type { ProviderSubject } from "./ProviderSubject.ts"

/** A connection with these settings, without guard and governor; and for how long its adapter has closed the account. */
export const opened = (
  { env, provider }: Pick<ProviderSubject, "env" | "provider">,
  settings: { readonly [field: string]: unknown }
): Effect.Effect<
  { readonly connection: EspConnection; readonly closed: ReadonlyArray<number> },
  ReadonlyArray<string>,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const http = Context.get(yield* Layer.build(EspHttp.layer), EspHttp)
    const prepared = yield* provider.prepare(settings)
    const closed: Array<number> = []
    const connection = yield* prepared.open({
      name: "shop",
      http: (options) => http.client({ ...options, esp: "shop" }),
      close: (_, wait) => Effect.sync(() => void closed.push(Duration.toSeconds(wait)))
    })
    return { connection, closed }
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...env } }))))
