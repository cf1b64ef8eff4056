import { Duration, Option, Schema, SchemaTransformation } from "effect"
import { BaseUrl, Secret } from "../../platform/settings/NamedSettings.ts"
import { parseRate } from "../../platform/settings/Setting.ts"
import { AttributeSource } from "../EspContact.ts"
import { bucket, type GovernorPolicy } from "../governor/GovernorPolicy.ts"

export { BaseUrl, Secret }

/** The provider's id of a list, a number or a text. Kept as text, like a game's own list. */
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

/** The optional settings that connections of every provider have. */
const shared = {
  /** Tags for each contact of this connection; a game adds its own. */
  tags: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** The source of each value, by the provider's name of the attribute. */
  attributes: Schema.optionalKey(Schema.Record(Schema.NonEmptyString, AttributeSource)),
  /** Replaces the provider's usual limits, for accounts that have others. */
  limits: Schema.optionalKey(
    Schema.Struct({
      calls: Schema.optionalKey(Schema.Array(Rate)),
      atOnce: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))
    })
  )
}

/** The schema of a provider's connections: the shared settings and the provider's own fields. */
export const connection = <const Name extends string, Fields extends Schema.Struct.Fields>(
  provider: Name,
  fields: Fields
) => Schema.Struct({ provider: Schema.Literal(provider), ...shared, ...fields })

/** The settings of a connection that do not depend on its provider. */
export interface SharedSettings {
  readonly provider: string
  readonly tags?: ReadonlyArray<string>
  readonly attributes?: { readonly [name: string]: string }
  readonly limits?: { readonly calls?: ReadonlyArray<string>; readonly atOnce?: number }
}

/**
 * The provider's limits, replaced by those of the settings. Buckets are named by their window, so connections of one account
 * share a count even when their limits differ.
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
