import { Schema } from "effect"
import { type EmailKey, mailbox } from "../players/Email.ts"

/** The player's consent to marketing, given with the play. */
export interface Consent {
  readonly textVersion: string
  /** BCP 47 tag of the language of that text. */
  readonly language: string
  readonly at: Date
}

/** A contact as its play describes it, before the connection's settings are applied. */
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
  /** How many times the address has played the game, this play included. */
  readonly plays: number
  readonly score: number | null
  readonly playedAt: Date
  readonly consent: Consent | null
  /** The JSON object that the game sent with the play. */
  readonly data: { readonly [key: string]: unknown } | null
  /** The game's list, which replaces the connection's; null: the connection's list is used. */
  readonly list: string | null
  /** The game's tags, added to the connection's. */
  readonly tags: ReadonlyArray<string>
}

/** A contact as an ESP gets it. Only `consent` is an opt-in: a play alone never is. */
export interface EspContact {
  readonly esp: string
  /** The address that mail is sent to: the local part as typed, the domain in ASCII. */
  readonly email: string
  /** The normalised address; the contact's key. */
  readonly emailKey: EmailKey
  readonly name: string | null
  /** The game's slug. */
  readonly game: string
  /** How many times the address has played the game, this play included. */
  readonly plays: number
  /** Null: the play came without consent, and the contact is created without marketing permission. */
  readonly consent: Consent | null
  /** BCP 47 tag; null: the play does not give one. */
  readonly language: string | null
  /** The list that replaces the connection's; null: the connection's list is used. */
  readonly list: string | null
  /** The connection's tags and the game's, without duplicates. */
  readonly tags: ReadonlyArray<string>
  /** Values by the provider's name of the attribute, as the connection's settings map them. Missing values are left out. */
  readonly attributes: { readonly [name: string]: string | number | boolean }
}

const facts = ["email", "name", "game", "plays", "score", "playedAt", "language", "consentTextVersion"] as const

/** Where an attribute's value comes from: a fact of the play, or a path into its data such as `data.prize`. */
export const AttributeSource = Schema.String.check(
  Schema.makeFilter(
    (source: string) =>
      (facts as ReadonlyArray<string>).includes(source) ||
      /^data(?:\.[^.]+)+$/u.test(source) ||
      `it must be one of ${facts.join(", ")}, or a place in the play's data such as data.prize`
  )
)

/** What a connection's settings add to each contact. */
export interface Outline {
  readonly tags: ReadonlyArray<string>
  /** The source of each value, by the provider's name of the attribute. */
  readonly attributes: { readonly [name: string]: string }
}

export const nothingAdded: Outline = { tags: [], attributes: {} }

const inside = (data: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    // Own members only: a stranger sends the data, and inherited members such as `data.constructor` are not part of it.
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

/** The attributes of a contact. Leaves out missing values, and those that no provider accepts: null, objects, lists. */
export const attributesOf = (mapping: Outline["attributes"], play: ContactPlay): EspContact["attributes"] =>
  Object.fromEntries(
    Object.entries(mapping).flatMap(([name, source]) => {
      const value = factOf(play, source)
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [[name, value]] : []
    })
  )

/** The contact as the ESP gets it: the play with the connection's settings applied. */
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
