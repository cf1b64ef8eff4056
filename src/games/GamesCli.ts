import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { sandboxName } from "../esp/sandbox/EspSandbox.ts"
import { requireEsp } from "../esp/UnknownEsp.ts"
import { type Game, PlayLimit, Slug, TimeZone } from "./Game.ts"
import { Connections } from "../esp/Connections.ts"
import { Games } from "./Games.ts"
import { plainText } from "../platform/contract/PlainText.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { EspSettings } from "../esp/EspSettings.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json, optional } from "../platform/cli/Flags.ts"
import * as Terminal from "../platform/cli/Terminal.ts"

const slug = Argument.String("slug").pipe(
  Argument.withDescription("The game's name in URLs: lower-case letters, digits and single hyphens."),
  Argument.withSchema(Slug)
)

const moment = (name: string, description: string) =>
  optional(
    Flag.String(name).pipe(
      Flag.withDescription(
        `${description} Such as 2026-12-01T08:00:00Z, or 2026-12-01T09:00 on the clocks of the game's time zone.`
      )
    )
  )

/** A flag whose text is not a moment. Found only after parsing, because a moment may depend on the game's time zone. */
class UnclearMoment extends Schema.TaggedError<UnclearMoment>()("UnclearMoment", { message: Schema.String }) {}

const momentOf = (flag: string, text: string | null, timeZone: string) =>
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

const limit = optional(
  Flag.String("limit").pipe(
    Flag.withDescription(
      "How often one player may play: `3/ever`, `1/day` (of the game's time zone) or `5/12h` (s, m, h, d). Left out: no limit."
    ),
    Flag.filterMap(parseLimit, (text) => `"${text}" is no limit: give one such as 3/ever, 1/day or 5/12h`)
  )
)

const limitText = (value: PlayLimit | null) => {
  if (value === null) return "none"
  return value.period === "window"
    ? `${value.plays} per ${value.windowSeconds} s`
    : `${value.plays} per ${value.period}`.replace("per ever", "ever")
}

const espText = ({ esp, espList, espTags }: Game) =>
  [
    esp,
    ...(espList === null ? [] : [`list ${espList}`]),
    ...(espTags.length === 0 ? [] : [`tags ${espTags.join(", ")}`])
  ].join(", ")

const facts = (game: Game, now: DateTime.Utc) => ({
  slug: game.slug,
  title: game.title,
  isOpen: game.isOpenAt(now),
  opensAt: Moment.iso(game.opensAt),
  closesAt: Moment.iso(game.closesAt),
  timeZone: game.timeZone,
  limit: game.limit,
  esp: game.esp,
  espList: game.espList,
  espTags: game.espTags
})

const print = (game: Game, asJson: boolean) =>
  Effect.flatMap(DateTime.now, (now) =>
    Terminal.print(
      asJson
        ? JSON.stringify(facts(game, now))
        : [
            `${game.slug}: ${game.title}`,
            `  ${game.isOpenAt(now) ? "open" : "not open"}, from ${Moment.iso(game.opensAt) ?? "the start"} to ${Moment.iso(game.closesAt) ?? "no end"}`,
            `  limit: ${limitText(game.limit)}; time zone: ${game.timeZone}; ESP: ${espText(game)}`
          ]
    )
  )

const withGames = Effect.provide(
  Layer.merge(Games.layer, Connections.layer).pipe(Layer.provideMerge(commandDatabase(EspSettings)))
)

const overrides = {
  espList: optional(
    Flag.String("list").pipe(
      Flag.withDescription("List at the ESP that contacts are added to; left out: the connection's own."),
      Flag.withSchema(plainText(200, { description: "A list at the ESP.", examples: ["42"] }))
    )
  ),
  espTags: Flag.String("tag").pipe(
    Flag.withDescription("Tag that contacts get beside the connection's; may be given several times."),
    Flag.withSchema(plainText(200, { description: "A tag at the ESP.", examples: ["autumn"] })),
    Flag.atLeast(0)
  )
}

const add = Command.make(
  "add",
  {
    slug,
    title: Flag.String("title").pipe(
      Flag.withDescription("The game's name for people."),
      Flag.withSchema(plainText(200, { description: "A game's title.", examples: ["Autumn wheel"] }))
    ),
    opens: moment("opens", "Plays are taken from this moment on."),
    closes: moment("closes", "Plays are taken before this moment."),
    timeZone: Flag.String("time-zone").pipe(
      Flag.withDescription("IANA time zone of the game's days and of moments without one; left out: UTC."),
      Flag.withSchema(TimeZone),
      Flag.withDefault("UTC")
    ),
    limit,
    esp: Flag.String("esp").pipe(
      Flag.withDescription("Name of the ESP connection; left out: sandbox."),
      Flag.withDefault(sandboxName)
    ),
    ...overrides,
    json
  },
  Effect.fnUntraced(function* ({ closes, json, opens, ...game }) {
    const opensAt = yield* momentOf("--opens", opens, game.timeZone)
    const closesAt = yield* momentOf("--closes", closes, game.timeZone)
    yield* requireEsp(game.esp)
    yield* print(yield* (yield* Games).add({ ...game, opensAt, closesAt }), json)
  }, withGames)
).pipe(
  Command.withDescription("Add a game."),
  Command.withExamples([
    {
      command: "fairground game add autumn --title 'Autumn wheel' --limit 1/day --time-zone Europe/Prague",
      description: "One play a day"
    },
    {
      command:
        "fairground game add advent --title Advent --time-zone Europe/Prague --opens 2026-12-01T08:00 --closes 2026-12-25T00:00",
      description: "Open from eight o'clock in Prague on"
    }
  ])
)

const list = Command.make(
  "list",
  { json },
  Effect.fnUntraced(function* ({ json }) {
    const games = yield* (yield* Games).list
    const now = yield* DateTime.now
    if (json) return yield* Terminal.print(JSON.stringify(games.map((game) => facts(game, now))))
    if (games.length === 0) return yield* Terminal.print("There are no games yet. `fairground game add` adds one.")
    yield* Effect.forEach(games, (game) => print(game, false), { discard: true })
  }, withGames)
).pipe(Command.withDescription("List all games."))

const show = Command.make(
  "show",
  { slug, json },
  Effect.fnUntraced(function* ({ json, slug }) {
    yield* print(yield* (yield* Games).find(slug), json)
  }, withGames)
).pipe(Command.withDescription("Show one game."))

const close = Command.make(
  "close",
  { slug, json },
  Effect.fnUntraced(function* ({ json, slug }) {
    yield* print(yield* (yield* Games).close(slug), json)
  }, withGames)
).pipe(Command.withDescription("Close a game now: it takes no further plays. What was played stays."))

const move = Command.make(
  "move",
  {
    slug,
    esp: Flag.String("esp").pipe(
      Flag.withDescription("Name of the ESP connection that the game's contacts go to from now on.")
    ),
    ...overrides,
    json
  },
  Effect.fnUntraced(function* ({ json, slug, ...to }) {
    yield* requireEsp(to.esp)
    yield* print(yield* (yield* Games).move(slug, to), json)
  }, withGames)
).pipe(
  Command.withDescription(
    "Move a game to another ESP connection. All verdicts stay; players are registered at the new one when they play again, or at once with `esp sync`."
  )
)

export const game = Command.make("game").pipe(
  Command.withDescription("Add, list, show, close and move games."),
  Command.withSubcommands([add, list, show, close, move])
)
