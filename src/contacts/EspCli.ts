import { Effect, Layer, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { Backlog } from "./Backlog.ts"
import { Connections } from "../esp/Connections.ts"
import { type Checked, checkAll } from "../esp/EspChecks.ts"
import * as EspConnected from "../esp/EspConnected.ts"
import { EspGovernor } from "../esp/governor/EspGovernor.ts"
import { Slug } from "../games/Game.ts"
import { Games } from "../games/Games.ts"
import { requireEsp } from "../esp/UnknownEsp.ts"
import { EspSettings } from "../esp/EspSettings.ts"
import { wait, withBacklog } from "./ContactsCli.ts"
import * as Following from "./Following.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json } from "../platform/cli/Flags.ts"
import * as Terminal from "../platform/cli/Terminal.ts"

/** A check found an error, which has been printed. */
class ChecksFailed extends Schema.TaggedError<ChecksFailed>()("ChecksFailed", { names: Schema.Array(Schema.String) }) {
  override get message(): string {
    return `Not in order: ${this.names.join(", ")}.`
  }
}

const linesOf = ({ findings, name, provider }: Checked): ReadonlyArray<string> => [
  `${name} (${provider})`,
  ...findings.map(({ level, what }) => `  ${level}: ${what}`)
]

const check = Command.make(
  "check",
  { json },
  Effect.fnUntraced(
    function* ({ json }) {
      const all = yield* checkAll
      yield* Terminal.print(json ? JSON.stringify(all) : all.flatMap(linesOf))
      const failed = all.filter(({ findings }) => findings.some(({ level }) => level === "error"))
      if (failed.length > 0) return yield* new ChecksFailed({ names: failed.map(({ name }) => name) })
    },
    Effect.provide(
      EspConnected.layer.pipe(
        Layer.provide([EspGovernor.layerMemory, Connections.layer]),
        Layer.provide(commandDatabase(EspSettings))
      )
    )
  )
).pipe(
  Command.withDescription(
    "Ask each ESP whether credentials, list, attributes and permissions are right. Fails when one is not."
  )
)

const sync = Command.make(
  "sync",
  {
    game: Flag.String("game").pipe(Flag.withDescription("The game's name in URLs."), Flag.withSchema(Slug)),
    wait,
    json
  },
  Effect.fnUntraced(function* ({ game: slug, json, wait }) {
    const game = yield* (yield* Games).find(slug)
    yield* requireEsp(game.esp)
    const backlog = yield* Backlog
    const started = yield* Following.counting("added", (onProgress) => backlog.sync(game, onProgress))
    yield* Terminal.print(
      json
        ? JSON.stringify({ esp: game.esp, added: started.count })
        : started.count === 0
          ? `All players of ${slug} are contacts at ${game.esp} already, or wait to be.`
          : `${Following.contacts(started.count)} added at ${game.esp}: the service registers them now.`
    )
    if (wait) yield* Following.follow(started)
  }, withBacklog)
).pipe(
  Command.withDescription(
    "Register a game's players at the game's connection, where they are not yet: after `game move`. Verdicts of the connection before stay."
  )
)

/** Here and not in `esp`, because `sync` works on contacts, which stand above `esp`. */
export const esp = Command.make("esp").pipe(
  Command.withDescription("Look after the ESP connections."),
  Command.withSubcommands([check, sync])
)
