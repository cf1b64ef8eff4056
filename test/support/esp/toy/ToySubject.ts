import type { ProviderSubject } from "../ProviderSubject.ts"
import { toy } from "../Toy.ts"
import { toyKey, toyList, toyPeer } from "./ToyPeer.ts"

/** The toy provider, which tests the suite itself. */
export const toySubject: ProviderSubject = {
  name: "toy",
  provider: toy,
  peer: toyPeer,
  settings: (url) => ({ provider: "toy", base: url, key: { env: "TOY_KEY" }, list: Number(toyList) }),
  env: { TOY_KEY: toyKey },
  secrets: [toyKey],
  refused: [{ email: "nora@nowhere.example", reason: "invalid-address" }],
  foldsCase: true,
  createsOnce: true
}
