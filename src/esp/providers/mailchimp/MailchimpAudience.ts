import { Clock, Effect, Option, Schema } from "effect"
import { afterVerdict } from "../../CallEnd.ts"
import { leaving } from "../EspAnswer.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"
import { failureOf } from "./MailchimpAnswers.ts"

/** `GET /lists/{list_id}`. */
const Audience = Schema.Struct({
  name: Schema.String,
  double_optin: Schema.Boolean,
  marketing_permissions: Schema.optionalKey(Schema.Boolean)
})
export type Audience = typeof Audience.Type

const decode = Schema.decodeUnknownOption(Audience)

/** How long an audience is believed to be set up as it was read. */
const fresh = 5 * 60_000

/** How long the last reading serves when it cannot be read anew. */
const stale = 30_000

/** Reads how audiences are set up. `remembered` asks once in five minutes for each. */
export const makeAudiences = (client: EspHttpClient) => {
  const known = new Map<string, { readonly audience: Audience; readonly until: number }>()

  const read = Effect.fnUntraced(
    function* (list: string, isGames?: boolean) {
      const answer = yield* client.send({
        method: "GET",
        path: `/lists/${encodeURIComponent(list)}?fields=name,double_optin,marketing_permissions`,
        operation: "GET /lists"
      })
      const audience = answer.status === 200 ? decode(answer.json) : Option.none()
      if (Option.isNone(audience)) return yield* failureOf(answer, client, list, isGames)
      known.set(list, { audience: audience.value, until: (yield* Clock.currentTimeMillis) + fresh })
      return audience.value
    },
    // After the guard's limit nobody would know that nothing was created yet.
    afterVerdict,
    Effect.mapError(leaving(false))
  )

  const remembered = Effect.fnUntraced(function* (list: string, isGames?: boolean) {
    const last = known.get(list)
    const now = yield* Clock.currentTimeMillis
    if (last !== undefined && now < last.until) return last.audience
    return yield* read(list, isGames).pipe(
      Effect.catchTag("EspUnavailable", (error) => {
        if (last === undefined) return Effect.fail(error)
        known.set(list, { ...last, until: now + stale })
        return Effect.succeed(last.audience)
      })
    )
  })

  return { read, remembered }
}
