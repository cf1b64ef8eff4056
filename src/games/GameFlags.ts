import { Effect, Option, Schema } from "effect"
import { Argument, Flag } from "effect/cli"
import { optional } from "../platform/cli/Flags.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { PlayLimit, Slug, TimeZone } from "./Game.ts"
import { EspList, EspTag, Title } from "./ManagedGame.ts"

/** The arguments and flags of the game's commands. */

const slugFormat = "lower-case letters, digits and single hyphens."

export const slug = Argument.String("slug").pipe(
  Argument.withDescription(`The game's name in URLs: ${slugFormat}`),
  Argument.withSchema(Slug)
)

export const newSlug = Argument.String("new-slug").pipe(
  Argument.withDescription(`The new game's name in URLs: ${slugFormat}`),
  Argument.withSchema(Slug)
)

export const title = Flag.String("title").pipe(
  Flag.withDescription("The game's name for people."),
  Flag.withSchema(Title)
)

export const timeZone = Flag.String("time-zone").pipe(
  Flag.withDescription("IANA time zone of the game's days and of moments without one."),
  Flag.withSchema(TimeZone)
)

export const moment = (name: string, description: string) =>
  optional(
    Flag.String(name).pipe(
      Flag.withDescription(
        `${description} Such as 2026-12-01T08:00:00Z, or 2026-12-01T09:00 on the clocks of the game's time zone.`
      )
    )
  )

/** A flag whose text is not a moment. Found only after parsing, because a moment may depend on the game's time zone. */
class UnclearMoment extends Schema.TaggedError<UnclearMoment>()("UnclearMoment", { message: Schema.String }) {}

export const momentOf = (flag: string, text: string | null, timeZone: string) =>
  text === null
    ? Effect.succeed(null)
    : Option.match(Moment.parseIn(text, timeZone), {
        onNone: () =>
          Effect.fail(
            new UnclearMoment({ message: `${flag} is ${JSON.stringify(text)}: it must be ${Moment.allowedIn}.` })
          ),
        onSome: Effect.succeed
      })

const limitPattern = /^(\d+)\/(ever|day|(\d+)([smhd]))$/
const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const

const parseLimit = (text: string): Option.Option<PlayLimit> => {
  const match = limitPattern.exec(text)
  if (match === null) return Option.none()
  const [, plays, period, length, unit] = match
  return Schema.decodeUnknownOption(PlayLimit)({
    plays: Number(plays),
    period: length === undefined ? period : "window",
    windowSeconds: length === undefined ? null : Number(length) * seconds[unit as keyof typeof seconds]
  })
}

const limitHelp = "How often one player may play: `3/ever`, `1/day` (of the game's time zone) or `5/12h` (s, m, h, d)."
const noLimit = (text: string) => `"${text}" is no limit: give one such as 3/ever, 1/day or 5/12h`

export const limit = optional(
  Flag.String("limit").pipe(
    Flag.withDescription(`${limitHelp} Left out: no limit.`),
    Flag.filterMap(parseLimit, noLimit)
  )
)

/** What a flag of `game change` says of a field that may be empty. */
export const none = "none"

/** Left out: it stays. Null: it is taken away. */
export const limitChange = Flag.String("limit").pipe(
  Flag.withDescription(`${limitHelp} \`${none}\`: as often as they like.`),
  Flag.filterMap((text) => (text === none ? Option.some(null) : parseLimit(text)), noLimit),
  Flag.optional
)

const list = (empty: string) =>
  Flag.String("list").pipe(
    Flag.withDescription(`List at the ESP that contacts are added to; ${empty}: the connection's own.`),
    Flag.withSchema(EspList)
  )

export const espList = optional(list("left out"))

/** Left out: it stays. Null: the connection's. */
export const listChange = list(`\`${none}\``).pipe(
  Flag.map((name) => (name === none ? null : name)),
  Flag.optional
)

export const espTags = Flag.String("tag").pipe(
  Flag.withDescription("Tag that contacts get beside the connection's; may be given several times."),
  Flag.withSchema(EspTag),
  Flag.atLeast(0)
)
