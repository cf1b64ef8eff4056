import { Schema } from "effect"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { AttributeSource } from "../../EspContact.ts"

export const defaultBase = "https://a.klaviyo.com"

/** Attributes that identify a profile. A stranger's input to a game must not select or merge somebody else's profile. */
const identifiers: ReadonlySet<string> = new Set(["email", "phone_number", "external_id", "id", "anonymous_id", "_kx"])

/** A connection to a Klaviyo account. */
export const Connection = connection("klaviyo", {
  base: Schema.optionalKey(BaseUrl),
  /** A private key. */
  key: Secret,
  /** The list that contacts with consent subscribe to. The list's own setting decides whether they must confirm. */
  list: ListId,
  /** A custom property for the tags, a list of texts, because Klaviyo's own tags are not for profiles. */
  tagsProperty: Schema.optionalKey(Schema.NonEmptyString),
  attributes: Schema.optionalKey(
    Schema.Record(Schema.NonEmptyString, AttributeSource).check(
      Schema.makeFilter((mapping: { readonly [name: string]: string }) => {
        const wrong = Object.keys(mapping).find((name) => identifiers.has(name))
        return wrong === undefined || `${wrong} identifies a profile in Klaviyo, so a play cannot set it`
      })
    )
  ),
  /**
   * Where a profile without consent goes. `no-list` (the default): on no list. `list`: on the list with its permission
   * unchanged, for brands that have the permission by other means.
   */
  withoutConsent: Schema.optionalKey(Schema.Literals(["no-list", "list"]))
})
export type Connection = typeof Connection.Type
