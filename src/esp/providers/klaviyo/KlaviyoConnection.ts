import { Schema } from "effect"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { AttributeSource } from "../../EspContact.ts"

export const defaultBase = "https://a.klaviyo.com"

/** Each names a profile as its address does: what a stranger types into a game must not pick or merge somebody's profile. */
const identifiers: ReadonlySet<string> = new Set(["email", "phone_number", "external_id", "id", "anonymous_id", "_kx"])

/** A connection to a Klaviyo account. */
export const Connection = connection("klaviyo", {
  base: Schema.optionalKey(BaseUrl),
  /** A private key. */
  key: Secret,
  /** Those with consent subscribe to it; whether they have to confirm is the list's own setting. */
  list: ListId,
  /** Klaviyo's tags are not for profiles: the custom property that takes them, a list of texts. */
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
   * What becomes of a profile without consent. `no-list` (unless set): it is on no list. `list`: it is put on the list, its
   * consent as it was, for brands that have the permission otherwise.
   */
  withoutConsent: Schema.optionalKey(Schema.Literals(["no-list", "list"]))
})
export type Connection = typeof Connection.Type
