import { Duration, Option, Schema, SchemaTransformation } from "effect"
import { BaseUrl, Secret } from "../../platform/settings/NamedSettings.ts"
import { parseRate } from "../../platform/settings/Setting.ts"
import { AttributeSource } from "../EspContact.ts"
import { bucket, type GovernorPolicy } from "../governor/GovernorPolicy.ts"

export { BaseUrl, Secret }

/** The id of a list as the provider has it, a number or a text; kept as text, as a game's own list is. */
export const ListId = Schema.Union([Schema.NonEmptyString, Schema.Int]).pipe(
  Schema.decodeTo(
    Schema.String,
    SchemaTransformation.transform<string, string | number>({ decode: (id) => String(id), encode: (id) => id })
  )
)

const Rate = Schema.String.check(
  Schema.makeFilter(
    (text: string) => Option.isSome(parseRate(text)) || "it must be a number per time such as 10/1s or 1000/1h"
  )
)

/** What every connection may say besides what its provider needs. */
const shared = {
  /** Tags of each contact of this connection; a game adds its own. */
  tags: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** From the provider's attribute to where its value comes from. */
  attributes: Schema.optionalKey(Schema.Record(Schema.NonEmptyString, AttributeSource)),
  /** Instead of the provider's usual limits, for accounts with others. */
  limits: Schema.optionalKey(
    Schema.Struct({
      calls: Schema.optionalKey(Schema.Array(Rate)),
      atOnce: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))
    })
  )
}

/** The schema of a provider's connections: its own fields beside those that all have. */
export const connection = <const Name extends string, Fields extends Schema.Struct.Fields>(
  provider: Name,
  fields: Fields
) => Schema.Struct({ provider: Schema.Literal(provider), ...shared, ...fields })

/** What is read of a connection without knowing its provider. */
export interface SharedSettings {
  readonly provider: string
  readonly tags?: ReadonlyArray<string>
  readonly attributes?: { readonly [name: string]: string }
  readonly limits?: { readonly calls?: ReadonlyArray<string>; readonly atOnce?: number }
}

/**
 * The provider's limits with what the settings say instead. What is counted is named by its window: connections of one account
 * share the count, whatever each of them takes for its limit.
 */
export const limitedTo = (limits: SharedSettings["limits"], usual: GovernorPolicy): GovernorPolicy => {
  const cost = Math.max(1, ...usual.buckets.map((known) => known.cost))
  const nameOf = (window: Duration.Duration) =>
    usual.buckets.find((known) => Duration.equals(known.window, window))?.name ?? `${Duration.toMillis(window)}`
  return {
    account: usual.account,
    buckets:
      limits?.calls?.flatMap((text) =>
        Option.toArray(Option.map(parseRate(text), ({ limit, window }) => bucket(nameOf(window), limit, window, cost)))
      ) ?? usual.buckets,
    concurrency:
      limits?.atOnce === undefined
        ? usual.concurrency
        : { limit: limits.atOnce, hold: usual.concurrency?.hold ?? Duration.minutes(2) }
  }
}
