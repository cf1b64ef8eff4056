import { Option, Schema } from "effect"
import { cut } from "../../../platform/Cut.ts"
import type { Mailability } from "../../Verdict.ts"
import { type EspAnswer, isOf } from "../EspAnswer.ts"
import type { EspContact } from "../../EspClient.ts"

// listmonk documentation, "APIs", "Subscribers".

const Subscription = Schema.Struct({
  id: Schema.Int,
  optin: Schema.optionalKey(Schema.String),
  subscription_status: Schema.String
})
type Subscription = typeof Subscription.Type

const Subscriber = Schema.Struct({
  id: Schema.Int,
  email: Schema.String,
  status: Schema.String,
  attribs: Schema.optionalKey(Schema.Unknown),
  lists: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Unknown)))
})
export type Subscriber = typeof Subscriber.Type

const One = Schema.Struct({ data: Subscriber })
const Page = Schema.Struct({ data: Schema.Struct({ results: Schema.Array(Subscriber) }) })
const Failure = Schema.Struct({ message: Schema.String })

const decodeOne = Schema.decodeUnknownOption(One)
const decodePage = Schema.decodeUnknownOption(Page)
const decodeFailure = Schema.decodeUnknownOption(Failure)
const decodeSubscription = Schema.decodeUnknownOption(Subscription)

/** The subscriber that a 200 shows. */
export const subscriberOf = ({ json, status }: EspAnswer): Subscriber | undefined =>
  status === 200 ? Option.getOrUndefined(decodeOne(json))?.data : undefined

/** The contact's subscriber that a 200 shows; undefined also where it shows another's. */
export const subscriberFor = (answer: EspAnswer, contact: EspContact): Subscriber | undefined => {
  const subscriber = subscriberOf(answer)
  return subscriber !== undefined && isOf(contact, subscriber.email) ? subscriber : undefined
}

/** The subscribers that a 200 lists. */
export const subscribersOf = ({ json, status }: EspAnswer): ReadonlyArray<Subscriber> | undefined =>
  status === 200 ? Option.getOrUndefined(decodePage(json))?.data.results : undefined

/** What listmonk says with an error, in the language of the instance; undefined where the answer has not its shape. */
export const messageOf = ({ json }: EspAnswer): string | undefined =>
  Option.getOrUndefined(decodeFailure(json))?.message

/** The body is refused by listmonk, or by something in front of it that speaks like it. */
export const isRefusal = (answer: EspAnswer): boolean => answer.status === 400 && messageOf(answer) !== undefined

/** The address is a subscriber's already. */
export const isConflict = (answer: EspAnswer): boolean => answer.status === 409 && messageOf(answer) !== undefined

/** The lists that the subscriber is in. Lists that an answer shows as bare ids tell nothing of a subscription. */
const subscriptionsOf = ({ lists }: Subscriber): ReadonlyArray<Subscription> =>
  (lists ?? []).flatMap((list) => Option.toArray(decodeSubscription(list)))

export const isIn = (subscriber: Subscriber, list: number): boolean =>
  (subscriber.lists ?? []).includes(list) || subscriptionsOf(subscriber).some(({ id }) => id === list)

/** Docs: "Concepts". To a single opt-in list mail goes without a confirmation. An unnamed opt-in is taken for double. */
const isAwaited = ({ optin, subscription_status: status }: Subscription): boolean =>
  status === "unconfirmed" && optin !== "single"

/** Whether any list waits for the subscriber's confirmation. */
export const isAwaitedAnywhere = (subscriber: Subscriber): boolean => subscriptionsOf(subscriber).some(isAwaited)

/** Whether mail of that list reaches the subscriber. */
export const mailabilityOf = (subscriber: Subscriber, list: number): Mailability => {
  if (subscriber.status !== "enabled") return "suppressed"
  const subscription = subscriptionsOf(subscriber).find(({ id }) => id === list)
  if (subscription === undefined) return isIn(subscriber, list) ? "unknown" : "unsubscribed"
  if (isAwaited(subscription)) return "pending"
  return subscription.subscription_status === "unsubscribed" ? "unsubscribed" : "subscribed"
}

/** PostgreSQL takes neither NUL nor half of a surrogate pair: a stranger could make every attempt a 500. */
const storable = (text: string): string => text.replaceAll("\0", "").toWellFormed()

interface Attribs {
  readonly [name: string]: unknown
}

const mappedOf = ({ attributes }: EspContact): Attribs =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === "string" ? storable(value) : value])
  )

const isObject = (value: unknown): value is Attribs => typeof value === "object" && value !== null

/** The attribute with the tags: subscribers have none. */
const tagsWith = (own: ReadonlyArray<unknown>, { tags }: EspContact): Attribs => {
  const added = tags.map(storable).filter((tag) => !own.includes(tag))
  return added.length === 0 ? {} : { tags: [...new Set([...own, ...added])] }
}

/** What a subscriber is to have besides its own; no tags where it has something else by that name. The mapping goes first. */
export const attribsAdded = (contact: EspContact, { attribs }: Pick<Subscriber, "attribs">): Attribs => {
  const own: unknown = (isObject(attribs) ? attribs["tags"] : undefined) ?? []
  return { ...(Array.isArray(own) ? tagsWith(own, contact) : {}), ...mappedOf(contact) }
}

const localPartOf = (email: string): string => email.slice(0, email.lastIndexOf("@"))

/** The most that every version takes for a name. */
const longestName = 200

/**
 * The body of `POST /api/subscribers`. Without consent there is no list: an unconfirmed subscriber of a single opt-in list
 * gets its campaigns, and one of a double opt-in list is sent a confirmation mail. Without a name listmonk makes one of the
 * address.
 */
export const newSubscriber = (contact: EspContact, list: number) => ({
  email: contact.email,
  name: cut(storable(contact.name ?? ""), longestName).toWellFormed(),
  status: "enabled",
  lists: contact.consent === null ? [] : [list],
  attribs: {
    ...(contact.consent === null
      ? {}
      : { language: contact.consent.language, consentAt: contact.consent.at.toISOString() }),
    ...attribsAdded(contact, {})
  }
})

/** The same with nothing in it that could be wrong but the address. Versions before 2.0 want a name. */
export const barest = ({ email }: EspContact) => ({
  email,
  name: cut(localPartOf(email), longestName),
  status: "enabled",
  lists: []
})
