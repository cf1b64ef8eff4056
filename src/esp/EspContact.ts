import { Schema } from "effect"
import { type EmailKey, mailbox } from "../players/Email.ts"

/** The player's consent to marketing, given with the play. */
export interface Consent {
  readonly textVersion: string
  /** BCP 47 tag of the language of that text. */
  readonly language: string
  readonly at: Date
}

/** What a play knows of its contact, before the settings of the connection are applied to it. */
export interface ContactPlay {
  /** Name of the ESP connection that the game uses. */
  readonly esp: string
  /** The address as typed. */
  readonly email: string
  /** The normalised address; the contact's key. */
  readonly emailKey: EmailKey
  readonly name: string | null
  /** The game's slug. */
  readonly game: string
  /** How many times the address had played the game, this play included. */
  readonly plays: number
  readonly score: number | null
  readonly playedAt: Date
  readonly consent: Consent | null
  /** What the game sent along; a JSON object. */
  readonly data: { readonly [key: string]: unknown } | null
  /** The game's list, which takes the place of the connection's; null: the connection's. */
  readonly list: string | null
  /** The game's tags, which are added to the connection's. */
  readonly tags: ReadonlyArray<string>
}

/** What an ESP is given of a contact. A play is proof of play, never an opt-in by itself: only `consent` is. */
export interface EspContact {
  readonly esp: string
  /** What mail is sent to: the local part as typed, the domain in ASCII. */
  readonly email: string
  /** The normalised address; the contact's key. */
  readonly emailKey: EmailKey
  readonly name: string | null
  /** The game's slug. */
  readonly game: string
  /** How many times the address had played the game, this play included. */
  readonly plays: number
  /** Null: the play gave none, and the contact is created without marketing permission. */
  readonly consent: Consent | null
  /** BCP 47 tag, where the play tells it. */
  readonly language: string | null
  /** The list instead of the connection's own; null: the connection's. */
  readonly list: string | null
  /** The connection's tags and the game's, each once. */
  readonly tags: ReadonlyArray<string>
  /** By the provider's name for the attribute, as the connection's settings map them. What the play lacks is left out. */
  readonly attributes: { readonly [name: string]: string | number | boolean }
}

const facts = ["email", "name", "game", "plays", "score", "playedAt", "language", "consentTextVersion"] as const

/** Where the value of an attribute comes from: a fact of the play, or a place in its data such as `data.prize`. */
export const AttributeSource = Schema.String.check(
  Schema.makeFilter(
    (source: string) =>
      (facts as ReadonlyArray<string>).includes(source) ||
      /^data(?:\.[^.]+)+$/u.test(source) ||
      `it must be one of ${facts.join(", ")}, or a place in the play's data such as data.prize`
  )
)

/** What a connection's settings add to each of its contacts. */
export interface Outline {
  readonly tags: ReadonlyArray<string>
  /** From the provider's attribute to the value's source. */
  readonly attributes: { readonly [name: string]: string }
}

export const nothingAdded: Outline = { tags: [], attributes: {} }

const inside = (data: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    // Own members only: data is a stranger's, and `data.constructor` is nothing that it says.
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as { readonly [key: string]: unknown })[key]
        : undefined,
    data
  )

const factOf = (play: ContactPlay, source: string): unknown => {
  switch (source as (typeof facts)[number]) {
    case "email":
      return mailbox(play.email, play.emailKey)
    case "name":
      return play.name
    case "game":
      return play.game
    case "plays":
      return play.plays
    case "score":
      return play.score
    case "playedAt":
      return play.playedAt.toISOString()
    case "language":
      return play.consent?.language
    case "consentTextVersion":
      return play.consent?.textVersion
    default:
      return inside(play.data, source.split(".").slice(1))
  }
}

/** The attributes of a contact. Missing values are left out, and so is what no provider takes as one: null, objects, lists. */
export const attributesOf = (mapping: Outline["attributes"], play: ContactPlay): EspContact["attributes"] =>
  Object.fromEntries(
    Object.entries(mapping).flatMap(([name, source]) => {
      const value = factOf(play, source)
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [[name, value]] : []
    })
  )

/** What the ESP is given of the contact that a play has brought into being. */
export const toEspContact = (outline: Outline, play: ContactPlay): EspContact => ({
  esp: play.esp,
  email: mailbox(play.email, play.emailKey),
  emailKey: play.emailKey,
  name: play.name,
  game: play.game,
  plays: play.plays,
  consent: play.consent,
  language: play.consent?.language ?? null,
  list: play.list,
  tags: [...new Set([...outline.tags, ...play.tags])],
  attributes: attributesOf(outline.attributes, play)
})
