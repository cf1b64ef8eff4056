import { Option } from "effect"
import type { EspContact } from "../../../src/esp/EspClient.ts"
import { normalise } from "../../../src/players/Email.ts"

/** A contact as a play of the game `wheel` would register it. */
export const contactOf = (email: string, change?: Partial<EspContact>): EspContact => ({
  esp: "sandbox",
  email,
  emailKey: Option.getOrThrow(normalise(email)),
  name: "Nora",
  game: "wheel",
  plays: 1,
  consent: null,
  language: null,
  list: null,
  tags: [],
  attributes: {},
  ...change
})
