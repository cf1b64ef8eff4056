import { DateTime, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Connections } from "../esp/Connections.ts"
import { EspSettings } from "../esp/EspSettings.ts"
import { sandboxName } from "../esp/sandbox/EspSandbox.ts"
import { requireEsp } from "../esp/UnknownEsp.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json, optional, UnclearChoice } from "../platform/cli/Flags.ts"
import * as Terminal from "../platform/cli/Terminal.ts"
import { GameState } from "./Game.ts"
import * as Flags from "./GameFlags.ts"
import * as Output from "./GameOutput.ts"
import { Games } from "./Games.ts"

const withGames = Effect.provide(
  Layer.merge(Games.layer, Connections.layer).pipe(Layer.provideMerge(commandDatabase(EspSettings)))
)

const { espList, espTags, slug } = Flags

const add = Command.make(
  "add",
  {
    slug,
    title: Flags.title,
    opens: Flags.moment("opens", "Plays are taken from this moment on."),
    closes: Flags.moment("closes", "Plays are taken before this moment."),
    timeZone: Flags.timeZone.pipe(Flag.withDefault("UTC")),
    limit: Flags.limit,
    esp: Flag.String("esp").pipe(
      Flag.withDescription("Name of the ESP connection; left out: sandbox."),
      Flag.withDefault(sandboxName)
    ),
    espList,
    espTags,
    json
  },
  Effect.fnUntraced(function* ({ closes, json, opens, ...game }) {
    const opensAt = yield* Flags.momentOf("--opens", opens, game.timeZone)
    const closesAt = yield* Flags.momentOf("--closes", closes, game.timeZone)
    yield* requireEsp(game.esp)
    yield* Output.print(yield* (yield* Games).add({ ...game, opensAt, closesAt }), json)
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
  {
    state: optional(Flag.Literals("state", GameState.literals).pipe(Flag.withDescription("Only games in this state."))),
    json
  },
  Effect.fnUntraced(function* ({ json, state }) {
    const all = yield* (yield* Games).list
    const now = yield* DateTime.now
    const games = state === null ? all : all.filter((game) => game.stateAt(now) === state)
    if (json) return yield* Terminal.print(JSON.stringify(games.map((game) => Output.facts(game, now))))
    if (all.length === 0) return yield* Terminal.print("There are no games yet. `fairground game add` adds one.")
    yield* Terminal.print(
      games.length === 0 ? `No game is ${state ?? ""}.` : games.flatMap((game) => Output.linesOf(game, now))
    )
  }, withGames)
).pipe(Command.withDescription("List all games, by slug."))

const show = Command.make(
  "show",
  { slug, json },
  Effect.fnUntraced(function* ({ json, slug }) {
    yield* Output.print(yield* (yield* Games).find(slug), json)
  }, withGames)
).pipe(Command.withDescription("Show one game."))

/** The moment of a flag that may be `none`; undefined: the flag was left out. */
const momentChange = (flag: string, text: string | null, timeZone: string) =>
  text === null ? Effect.succeed(undefined) : Flags.momentOf(flag, text === Flags.none ? null : text, timeZone)

/** Without the fields that are undefined. */
const given = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>
  }

const change = Command.make(
  "change",
  {
    slug,
    title: optional(Flags.title),
    opens: Flags.moment("opens", "Plays are taken from this moment on. `none`: from the start."),
    closes: Flags.moment("closes", "Plays are taken before this moment. `none`: without end."),
    timeZone: optional(Flags.timeZone),
    limit: Flags.limitChange,
    list: Flags.listChange,
    espTags,
    noTags: Flag.Boolean("no-tags").pipe(
      Flag.withDescription("No tags beside the connection's."),
      Flag.withDefault(false)
    ),
    json
  },
  Effect.fnUntraced(function* ({ closes, espTags, json, limit, list, noTags, opens, slug, timeZone, title }) {
    if (noTags && espTags.length > 0) {
      return yield* new UnclearChoice({ message: "Name either --tag or --no-tags." })
    }
    const games = yield* Games
    const zone = timeZone ?? (yield* games.find(slug)).timeZone
    const fields = given({
      title: title ?? undefined,
      opensAt: yield* momentChange("--opens", opens, zone),
      closesAt: yield* momentChange("--closes", closes, zone),
      timeZone: timeZone ?? undefined,
      limit: Option.getOrUndefined(limit),
      espList: Option.getOrUndefined(list),
      espTags: noTags || espTags.length > 0 ? espTags : undefined
    })
    if (Object.keys(fields).length === 0) {
      return yield* new UnclearChoice({
        message: "Name what to change: `fairground game change --help` shows the flags."
      })
    }
    yield* Output.print(yield* games.change(slug, fields, null), json)
  }, withGames)
).pipe(
  Command.withDescription(
    "Change a game; what is left out stays. The slug never changes: pages have it in their URLs. `game move` changes the ESP connection."
  ),
  Command.withExamples([
    {
      command: "fairground game change autumn --closes 2026-12-01T00:00 --limit none",
      description: "Another end, and no limit"
    }
  ])
)

const open = Command.make(
  "open",
  { slug, json },
  Effect.fnUntraced(function* ({ json, slug }) {
    yield* Output.print(yield* (yield* Games).open(slug, null), json)
  }, withGames)
).pipe(Command.withDescription("Open a game now: a later opening comes forward, and an end that is over is lifted."))

const close = Command.make(
  "close",
  { slug, json },
  Effect.fnUntraced(function* ({ json, slug }) {
    yield* Output.print(yield* (yield* Games).close(slug), json)
  }, withGames)
).pipe(Command.withDescription("Close a game now: it takes no further plays. What was played stays."))

const move = Command.make(
  "move",
  {
    slug,
    esp: Flag.String("esp").pipe(
      Flag.withDescription("Name of the ESP connection that the game's contacts go to from now on.")
    ),
    espList,
    espTags,
    json
  },
  Effect.fnUntraced(function* ({ json, slug, ...to }) {
    yield* requireEsp(to.esp)
    yield* Output.print(yield* (yield* Games).move(slug, to), json)
  }, withGames)
).pipe(
  Command.withDescription(
    "Move a game to another ESP connection. All verdicts stay; players are registered at the new one when they play again, or at once with `esp sync`."
  )
)

const duplicate = Command.make(
  "duplicate",
  { slug, newSlug: Flags.newSlug, title: optional(Flags.title), json },
  Effect.fnUntraced(function* ({ json, newSlug, slug, title }) {
    const games = yield* Games
    yield* requireEsp((yield* games.find(slug)).esp)
    const copy = { slug: newSlug, ...(title === null ? {} : { title }) }
    yield* Output.print(yield* games.duplicate(slug, copy), json)
  }, withGames)
).pipe(Command.withDescription("Add a game that is set up like another one, without its plays."))

const remove = Command.make(
  "delete",
  { slug, json },
  Effect.fnUntraced(function* ({ json, slug }) {
    const archived = yield* (yield* Games).remove(slug, null)
    const now = yield* DateTime.now
    if (json) {
      const game = archived === undefined ? null : Output.facts(archived, now)
      return yield* Terminal.print(JSON.stringify({ isDeleted: game === null, game }))
    }
    yield* Terminal.print(
      archived === undefined
        ? `${slug} is deleted. Nobody had played it.`
        : ["The game has plays, or may have, so it is archived and not deleted:", ...Output.linesOf(archived, now)]
    )
  }, withGames)
).pipe(
  Command.withDescription(
    "Delete a game that nobody has played. One with plays is archived instead: closed for good, with all its plays."
  )
)

export const game = Command.make("game").pipe(
  Command.withDescription("Add, list, show, change, open, close, move, duplicate and delete games."),
  Command.withSubcommands([add, list, show, change, open, close, move, duplicate, remove])
)
