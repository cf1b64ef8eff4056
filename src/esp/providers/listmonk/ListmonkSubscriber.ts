import { Option, Schema } from "effect"
import { cut } from "../../../platform/contract/Cut.ts"
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

/** The subscriber in a 200. */
export const subscriberOf = ({ json, status }: EspAnswer): Subscriber | undefined =>
  status === 200 ? Option.getOrUndefined(decodeOne(json))?.data : undefined

/** The contact's subscriber in a 200; undefined: the answer shows none, or another contact's. */
export const subscriberFor = (answer: EspAnswer, contact: EspContact): Subscriber | undefined => {
  const subscriber = subscriberOf(answer)
  return subscriber !== undefined && isOf(contact, subscriber.email) ? subscriber : undefined
}

/** The subscribers in a 200; undefined: the answer has another shape. */
export const subscribersOf = ({ json, status }: EspAnswer): ReadonlyArray<Subscriber> | undefined =>
  status === 200 ? Option.getOrUndefined(decodePage(json))?.data.results : undefined

/** The message of an error, in the language of the instance; undefined: the answer has another shape. */
export const messageOf = ({ json }: EspAnswer): string | undefined =>
  Option.getOrUndefined(decodeFailure(json))?.message

/** Whether listmonk refused the body, or a gateway in front of it that answers in its shape. */
export const isRefusal = (answer: EspAnswer): boolean => answer.status === 400 && messageOf(answer) !== undefined

/** Whether the address is a subscriber already. */
export const isConflict = (answer: EspAnswer): boolean => answer.status === 409 && messageOf(answer) !== undefined

/** The subscriber's subscriptions. Leaves out lists that the answer shows as bare ids, without a status. */
const subscriptionsOf = ({ lists }: Subscriber): ReadonlyArray<Subscription> =>
  (lists ?? []).flatMap((list) => Option.toArray(decodeSubscription(list)))

export const isIn = (subscriber: Subscriber, list: number): boolean =>
  (subscriber.lists ?? []).includes(list) || subscriptionsOf(subscriber).some(({ id }) => id === list)

/**
 * Whether the subscription waits for a confirmation. Single opt-in lists mail without one; an unnamed opt-in is taken for
 * double. Docs: "Concepts".
 */
const awaitsConfirmation = ({ optin, subscription_status: status }: Subscription): boolean =>
  status === "unconfirmed" && optin !== "single"

/** Whether any list waits for the subscriber's confirmation. */
export const awaitsAnyConfirmation = (subscriber: Subscriber): boolean =>
  subscriptionsOf(subscriber).some(awaitsConfirmation)

/** Whether mail to that list reaches the subscriber. */
export const mailabilityOf = (subscriber: Subscriber, list: number): Mailability => {
  if (subscriber.status !== "enabled") return "suppressed"
  const subscription = subscriptionsOf(subscriber).find(({ id }) => id === list)
  if (subscription === undefined) return isIn(subscriber, list) ? "unknown" : "unsubscribed"
  if (awaitsConfirmation(subscription)) return "pending"
  return subscription.subscription_status === "unsubscribed" ? "unsubscribed" : "subscribed"
}

/** Removes NUL and lone surrogates, which PostgreSQL refuses: with them a stranger could make every attempt a 500. */
const storable = (text: string): string => text.replaceAll("\0", "").toWellFormed()

interface Attribs {
  readonly [name: string]: unknown
}

const mappedOf = ({ attributes }: EspContact): Attribs =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === "string" ? storable(value) : value])
  )

const isObject = (value: unknown): value is Attribs => typeof value === "object" && value !== null

/** The tags as an attribute, because subscribers have no tags. */
const tagsWith = (own: ReadonlyArray<unknown>, { tags }: EspContact): Attribs => {
  const added = tags.map(storable).filter((tag) => !own.includes(tag))
  return added.length === 0 ? {} : { tags: [...new Set([...own, ...added])] }
}

/**
 * The attributes to add to a subscriber's own. Mapped attributes take precedence over tags. There are no tags where the
 * subscriber has an attribute `tags` that is not a list.
 */
export const attribsAdded = (contact: EspContact, { attribs }: Pick<Subscriber, "attribs">): Attribs => {
  const own: unknown = (isObject(attribs) ? attribs["tags"] : undefined) ?? []
  return { ...(Array.isArray(own) ? tagsWith(own, contact) : {}), ...mappedOf(contact) }
}

const localPartOf = (email: string): string => email.slice(0, email.lastIndexOf("@"))

/** The longest name that every version accepts, in characters. */
const longestName = 200

/**
 * The body of `POST /api/subscribers`. Without consent it names no list: a single opt-in list sends campaigns to unconfirmed
 * subscribers, and a double opt-in list sends a confirmation mail. If the name is empty, listmonk makes one from the address.
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

/** The same body with nothing but the address that can be wrong. Versions before 2.0 require a name. */
export const addressOnly = ({ email }: EspContact) => ({
  email,
  name: cut(localPartOf(email), longestName),
  status: "enabled",
  lists: []
})
