import { Clock, Effect, Option, Schema } from "effect"
import { afterVerdict } from "../../CallEnd.ts"
import { settingMayHaveActed } from "../EspAnswer.ts"
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

/** How long an audience's settings are cached, in milliseconds. */
const cachedFor = 5 * 60_000

/** How much longer they are used when they cannot be read again, in milliseconds. */
const extension = 30_000

/** Reads the settings of audiences. `remembered` reads each audience at most once in five minutes. */
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
      known.set(list, { audience: audience.value, until: (yield* Clock.currentTimeMillis) + cachedFor })
      return audience.value
    },
    // Times out before the guard, whose timeout would not show that nothing was created yet.
    afterVerdict,
    Effect.mapError(settingMayHaveActed(false))
  )

  const remembered = Effect.fnUntraced(function* (list: string, isGames?: boolean) {
    const last = known.get(list)
    const now = yield* Clock.currentTimeMillis
    if (last !== undefined && now < last.until) return last.audience
    return yield* read(list, isGames).pipe(
      Effect.catchTag("EspUnavailable", (error) => {
        if (last === undefined) return Effect.fail(error)
        known.set(list, { ...last, until: now + extension })
        return Effect.succeed(last.audience)
      })
    )
  })

  return { read, remembered }
}
