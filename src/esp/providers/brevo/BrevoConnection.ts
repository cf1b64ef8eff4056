import { Schema } from "effect"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { AttributeSource } from "../../EspContact.ts"

/** "All endpoints": https://developers.brevo.com/docs/how-it-works */
export const defaultBase = "https://api.brevo.com/v3"

export const isListId = (id: string): boolean => /^[1-9]\d{0,14}$/.test(id)

/** Attributes that identify a contact. A stranger's input to a game must not select or rename somebody else's contact. */
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
  /** The number of the list for contacts with consent, to which campaigns are sent. */
  list: ListId.check(
    Schema.makeFilter((id: string) => isListId(id) || "it must be the number of a Brevo list, such as 7")
  ),
  /** The attribute for the player's name. Accounts in languages other than English have another one, such as `PRENOM`. */
  nameAttribute: Schema.optionalKey(AttributeName),
  /** A text attribute for the tags, joined by commas, because Brevo's contacts have none. Left out: tags are not sent. */
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
   * Where a new contact without consent goes. `no-list` (the default): on no list. `blocklist`: on no list, and on Brevo's
   * blocklist for campaigns. `list`: on the list, for brands that have the permission by other means.
   */
  withoutConsent: Schema.optionalKey(Schema.Literals(["no-list", "blocklist", "list"])),
  /** If set, Brevo asks contacts with consent to confirm by mail, and adds them to the list when they do. */
  doubleOptIn: Schema.optionalKey(
    Schema.Struct({
      templateId: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
      /** The page that the link in the mail leads to. */
      redirectionUrl: Schema.String.check(
        Schema.makeFilter((text: string) => isHttps(text) || "it must be a URL such as https://shop.example/welcome")
      )
    })
  )
})
export type Connection = typeof Connection.Type
