import { Schema } from "effect"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { AttributeSource } from "../../EspContact.ts"

/** "All endpoints": https://developers.brevo.com/docs/how-it-works */
export const defaultBase = "https://api.brevo.com/v3"

export const isListId = (id: string): boolean => /^[1-9]\d{0,14}$/.test(id)

/** Each names a contact as its address does: what a stranger types into a game must not pick or rename somebody's contact. */
const identifiers: ReadonlySet<string> = new Set(["EMAIL", "EXT_ID", "SMS", "WHATSAPP", "LANDLINE_NUMBER"])

const wrongAttribute = (name: string): string | undefined => {
  if (!/^[A-Z0-9_]+$/.test(name)) return "an attribute's name in Brevo has capital letters, digits and underscores"
  return identifiers.has(name) ? `${name} identifies a contact in Brevo, so a play cannot set it` : undefined
}

const AttributeName = Schema.String.check(Schema.makeFilter((name: string) => wrongAttribute(name) ?? true))

const isHttps = (text: string) => URL.parse(text)?.protocol === "https:"

/** A connection to a Brevo account. */
export const Connection = connection("brevo", {
  base: Schema.optionalKey(BaseUrl),
  key: Secret,
  /** Those with consent are on it; it is what campaigns go to. */
  list: ListId.check(
    Schema.makeFilter((id: string) => isListId(id) || "it must be the number of a Brevo list, such as 7")
  ),
  /** Where the player's name goes; accounts in other languages than English have another one, such as `PRENOM`. */
  nameAttribute: Schema.optionalKey(AttributeName),
  /** Brevo's contacts have no tags: the text attribute that takes them, joined by commas. Left out: nowhere. */
  tagsAttribute: Schema.optionalKey(AttributeName),
  attributes: Schema.optionalKey(
    Schema.Record(Schema.String, AttributeSource).check(
      Schema.makeFilter(
        (mapping: { readonly [name: string]: string }) =>
          Object.keys(mapping)
            .map(wrongAttribute)
            .find((wrong) => wrong !== undefined) ?? true
      )
    )
  ),
  /**
   * What becomes of a new contact without consent. `no-list` (unless set): it is on no list. `blocklist`: it is on Brevo's
   * blocklist for campaigns besides. `list`: it is on the list as others are, for brands that have the permission otherwise.
   */
  withoutConsent: Schema.optionalKey(Schema.Literals(["no-list", "blocklist", "list"])),
  /** With it, Brevo asks those with consent to confirm by mail, and puts them on the list when they do. */
  doubleOptIn: Schema.optionalKey(
    Schema.Struct({
      templateId: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
      /** Where the link in the mail leads to. */
      redirectionUrl: Schema.String.check(
        Schema.makeFilter((text: string) => isHttps(text) || "it must be a URL such as https://shop.example/welcome")
      )
    })
  )
})
export type Connection = typeof Connection.Type
