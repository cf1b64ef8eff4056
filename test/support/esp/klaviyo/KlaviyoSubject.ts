import { Connection, make } from "../../../../src/esp/providers/klaviyo/Klaviyo.ts"
import { provider } from "../../../../src/esp/providers/Provider.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { klaviyoKey, klaviyoPeer } from "./KlaviyoPeer.ts"

/** An account with high limits, so that they do not slow down a suite. */
export const klaviyo: ProviderSubject = {
  name: "klaviyo",
  provider: provider(Connection, make),
  peer: klaviyoPeer({ perSecond: 1000, perMinute: 10_000 }),
  settings: (url) => ({
    provider: "klaviyo",
    base: url,
    key: { env: "KLAVIYO_KEY" },
    list: "Y6nRLr",
    attributes: { last_game: "game", plays: "plays" },
    limits: { calls: ["1000/1s"] }
  }),
  env: { KLAVIYO_KEY: klaviyoKey },
  secrets: [klaviyoKey],
  refused: [{ email: "nora@shop.e", reason: "invalid-address" }],
  foldsCase: true,
  createsOnce: true
}
