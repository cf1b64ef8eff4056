import { DateTime, Effect, Option, Schema } from "effect"
import { Flag } from "effect/cli"
import * as Moment from "../contract/Moment.ts"
import { parseTime } from "../settings/Setting.ts"

/** `--json` */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON instead of text."),
  Flag.withDefault(false)
)

/** Null if the flag is left out. */
export const optional = <A>(flag: Flag.Flag<A>) => flag.pipe(Flag.optional, Flag.map(Option.getOrNull))

/** Computes the moment that the flag means; a length of time counts back from `now`. */
export type Since = (now: DateTime.Utc) => DateTime.Utc

const parseSince = (text: string): Option.Option<Since> =>
  Option.orElse(
    Option.map(
      parseTime(text),
      (time): Since =>
        (now) =>
          DateTime.subtractDuration(now, time)
    ),
    () =>
      Option.map(
        Moment.parse(text),
        (moment): Since =>
          () =>
            moment
      )
  )

/** `--since`: a length of time before now, or a moment; null if left out. The flag's description begins with `what`. */
export const since = (what: string) =>
  optional(
    Flag.String("since").pipe(
      Flag.withDescription(`${what}: a length of time such as \`2 hours\`, or a moment such as 2026-12-01T08:00:00Z.`),
      Flag.filterMap(parseSince, () => `a length of time such as "2 hours", or ${Moment.allowed}`)
    )
  )

/** The moment that `--since` means; null if it was left out. */
export const startOf = (since: Since | null) =>
  Effect.map(DateTime.now, (now) => (since === null ? null : DateTime.toDateUtc(since(now))))

/** The options choose nothing that the command works on, or several things of which it accepts only one. */
export class UnclearChoice extends Schema.TaggedError<UnclearChoice>()("UnclearChoice", { message: Schema.String }) {}
