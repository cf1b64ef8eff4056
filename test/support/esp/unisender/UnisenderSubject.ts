import { provider } from "../../../../src/esp/providers/Provider.ts"
import * as Unisender from "../../../../src/esp/providers/unisender/Unisender.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { key, peer } from "./UnisenderPeer.ts"

export const unisender: ProviderSubject = {
  name: "unisender",
  provider: provider(Unisender.Connection, Unisender.make),
  peer,
  settings: (url) => ({ provider: "unisender", base: url, key: { env: "UNISENDER_KEY" }, list: 77 }),
  env: { UNISENDER_KEY: key },
  secrets: [key],
  refused: [
    { email: "info@shop.example", reason: "role-email" },
    { email: "no-reply@shop.example", reason: "role-email" }
  ],
  foldsCase: true,
  createsOnce: true,
  reasons: { localised: "invalid-email", trouble: "provider-error" }
}
