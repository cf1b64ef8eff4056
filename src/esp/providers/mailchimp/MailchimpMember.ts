import { hash } from "node:crypto"
import type { EspContact } from "../../EspClient.ts"

/** The id of a member within its audience: the MD5 of the lower-cased address. */
export const subscriberHash = (email: string): string => hash("md5", email.toLowerCase(), "hex")

// Mailchimp help, "View and edit contact languages". Codes with a region are languages of their own: `es` is the Spanish of
// Mexico, `pt` the Portuguese of Brazil.
const languages: ReadonlySet<string> = new Set(
  (
    "en ar af be bg ca zh hr cs da nl et fa fi fr fr_CA de el he hi hu is id ga it ja km ko lv lt mt ms mk no pl pt pt_PT " +
    "ro ru sr sk sl es es_ES sw sv ta th tr uk vi"
  ).split(" ")
)
const renamed: { readonly [code: string]: string } = { nb: "no", nn: "no", iw: "he", in: "id" }

/** Mailchimp's code for a BCP 47 tag; undefined: Mailchimp does not have the language. */
const languageOf = (tag: string): string | undefined => {
  const [language = "", ...rest] = tag.split(/[-_]/)
  const code = language.toLowerCase()
  const region = rest.find((part) => /^[a-z]{2}$/i.test(part))?.toUpperCase()
  const known = [`${code}_${region}`, renamed[code] ?? code].find((candidate) => languages.has(candidate))
  return known
}

export interface MergeFields {
  readonly [tag: string]: string | number
}

/** Booleans become the words true and false, because no merge field takes a boolean. */
export const mergeFieldsOf = (attributes: EspContact["attributes"]): MergeFields =>
  Object.fromEntries(
    Object.entries(attributes).map(([tag, value]) => [tag, typeof value === "boolean" ? String(value) : value])
  )

/** The merge field that every new audience has for the first name. */
export const nameField = "FNAME"

/** `pending` sends the confirmation mail of a double opt-in audience; `transactional` has no marketing permission. */
export type MemberStatus = "subscribed" | "pending" | "transactional"

/** ISO 8601 to the second, the format of the reference. */
const timestampOf = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "+00:00")

/** The body of `POST /lists/{list_id}/members`. */
export const memberOf = (contact: EspContact, status: MemberStatus) => {
  const language = contact.language === null ? undefined : languageOf(contact.language)
  return {
    email_address: contact.email,
    status,
    merge_fields: {
      ...(contact.name === null ? {} : { [nameField]: contact.name }),
      ...mergeFieldsOf(contact.attributes)
    } as MergeFields,
    tags: contact.tags,
    ...(language === undefined ? {} : { language }),
    // Evidence of when consent was given. The IP address that it came from is not known here.
    ...(contact.consent === null ? {} : { timestamp_signup: timestampOf(contact.consent.at) })
  }
}
