import { Effect } from "effect"
import * as Listmonk from "../../../../src/esp/providers/listmonk/Listmonk.ts"
import { provider } from "../../../../src/esp/providers/Provider.ts"
import { providerPeer } from "../ProviderPeer.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { basic, listmonkBehaviour, single, token, user } from "./ListmonkPeer.ts"

export const listmonk: ProviderSubject = {
  name: "listmonk",
  provider: provider(Listmonk.Connection, Listmonk.make),
  peer: Effect.suspend(() => providerPeer(listmonkBehaviour())),
  settings: (url) => ({ provider: "listmonk", base: url, user, token: { env: "LISTMONK_TOKEN" }, list: single }),
  env: { LISTMONK_TOKEN: token },
  secrets: [token, basic],
  refused: [{ email: "nora@blocked.example", reason: "refused-address" }],
  foldsCase: true,
  createsOnce: true,
  // listmonk silently ignores an unknown list.
  wrongList: { id: "99999999", isRefused: false },
  // Wrong credentials are a 403 here, indistinguishable from missing permissions.
  reasons: {
    "key-refused": "the credentials do not permit it (403)",
    localised: "refused-address"
  }
}
