import { DateTime, Effect, Option, Schema } from "effect"
import { Flag } from "effect/cli"
import * as Moment from "../Moment.ts"
import { parseTime } from "../settings/Setting.ts"

/** `--json` */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON instead of text."),
  Flag.withDefault(false)
)

/** Null where the flag is left out. */
export const optional = <A>(flag: Flag.Flag<A>) => flag.pipe(Flag.optional, Flag.map(Option.getOrNull))

/** The moment that was meant, which for a length of time depends on now. */
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

/** `--since`: a length of time before now, or a moment; null where it is left out. `what` begins the description. */
export const since = (what: string) =>
  optional(
    Flag.String("since").pipe(
      Flag.withDescription(`${what}: a length of time such as \`2 hours\`, or a moment such as 2026-12-01T08:00:00Z.`),
      Flag.filterMap(parseSince, () => `a length of time such as "2 hours", or ${Moment.allowed}`)
    )
  )

/** The moment that `--since` means; null where it was left out. */
export const startOf = (since: Since | null) =>
  Effect.map(DateTime.now, (now) => (since === null ? null : DateTime.toDateUtc(since(now))))

/** What was chosen is none of the things that a command is for, or several of which only one can be meant. */
export class UnclearChoice extends Schema.TaggedError<UnclearChoice>()("UnclearChoice", { message: Schema.String }) {}
