import type { EspContact } from "../../EspContact.ts"
import type { Connection } from "./KlaviyoConnection.ts"

type Value = string | number | boolean

/** Klaviyo's own fields that do not identify a profile. All others are custom properties. "Profiles", `ProfileUpsertQuery`. */
const own: ReadonlySet<string> = new Set(["first_name", "last_name", "organization", "title", "image", "locale"])

const ownLocation: ReadonlySet<string> = new Set([
  ...["address1", "address2", "city", "country", "region", "zip", "timezone", "latitude", "longitude"]
])

/** The attributes of `POST /api/profile-import`. Fields left out stay unchanged; null would clear them. */
export const attributesOf = (contact: EspContact, { tagsProperty = "fairground_tags" }: Connection) => {
  const fields: { [name: string]: Value } = {}
  const location: { [name: string]: Value } = {}
  const properties: { [name: string]: Value | ReadonlyArray<string> } = {}
  if (contact.name !== null) fields["first_name"] = contact.name
  if (contact.language !== null) fields["locale"] = contact.language
  if (contact.tags.length > 0) properties[tagsProperty] = contact.tags
  for (const [name, value] of Object.entries(contact.attributes)) {
    const place = name.startsWith("location.") ? name.slice("location.".length) : undefined
    if (place !== undefined && ownLocation.has(place)) location[place] = value
    else if (own.has(name)) fields[name] = value
    else properties[name] = value
  }
  return {
    email: contact.email,
    ...fields,
    ...(Object.keys(location).length === 0 ? {} : { location }),
    ...(Object.keys(properties).length === 0 ? {} : { properties })
  }
}

/** The body of `POST /api/profile-subscription-bulk-create-jobs` for one contact that gave consent with a play. */
export const subscription = (contact: EspContact, id: string | undefined, list: string) => ({
  data: {
    type: "profile-subscription-bulk-create-job",
    attributes: {
      custom_source: `Game ${contact.game}, consent text ${contact.consent?.textVersion ?? ""}`,
      profiles: {
        data: [
          {
            type: "profile",
            // The id makes sure that this is the profile just written, not one with another spelling of the address.
            ...(id === undefined ? {} : { id }),
            attributes: {
              email: contact.email,
              subscriptions: { email: { marketing: { consent: "SUBSCRIBED" } } }
            }
          }
        ]
      }
    },
    relationships: { list: { data: { type: "list", id: list } } }
  }
})
