import { Connection, make } from "../../../../src/esp/providers/brevo/Brevo.ts"
import { provider } from "../../../../src/esp/providers/Provider.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { brevoKey, brevoPeer } from "./BrevoPeer.ts"

/** An account with more than the Extended limits, so that they do not slow down a suite. */
export const brevo: ProviderSubject = {
  name: "brevo",
  provider: provider(Connection, make),
  peer: brevoPeer({ perSecond: 1000 }),
  settings: (url) => ({
    provider: "brevo",
    base: `${url}/v3`,
    key: { env: "BREVO_KEY" },
    list: 7,
    attributes: { LAST_GAME: "game", PLAYS: "plays" },
    limits: { calls: ["1000/1s"] }
  }),
  env: { BREVO_KEY: brevoKey },
  secrets: [brevoKey],
  refused: [{ email: "nora@shop.e", reason: "invalid-address" }],
  foldsCase: true,
  createsOnce: true
}
