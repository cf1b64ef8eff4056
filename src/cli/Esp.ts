import { Console, Effect, Layer, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { Connections } from "../esp/Connections.ts"
import { type Checked, checkAll } from "../esp/EspChecks.ts"
import * as EspConnected from "../esp/EspConnected.ts"
import { EspGovernor } from "../esp/EspGovernor.ts"
import * as Logging from "../platform/Logging.ts"
import * as Sql from "../platform/postgres/Sql.ts"
import { Settings } from "../platform/Settings.ts"

/** A check found an error; what it is has been printed. */
class ChecksFailed extends Schema.TaggedError<ChecksFailed>()("ChecksFailed", { names: Schema.Array(Schema.String) }) {
  override get message(): string {
    return `Not in order: ${this.names.join(", ")}.`
  }
}

const textOf = ({ findings, name, provider }: Checked): string =>
  [`${name} (${provider})`, ...findings.map(({ level, what }) => `  ${level}: ${what}`)].join("\n")

const check = Command.make(
  "check",
  { json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON instead of text."), Flag.withDefault(false)) },
  Effect.fnUntraced(
    function* ({ json }) {
      const all = yield* checkAll
      yield* Console.log(json ? JSON.stringify(all) : all.map(textOf).join("\n"))
      const failed = all.filter(({ findings }) => findings.some(({ level }) => level === "error"))
      if (failed.length > 0) return yield* new ChecksFailed({ names: failed.map(({ name }) => name) })
    },
    Effect.provide(
      EspConnected.layer.pipe(
        Layer.provide(EspGovernor.layerMemory),
        Layer.provide(Connections.layer),
        Layer.provide(Sql.layerShared),
        Layer.provide(Logging.layer),
        Layer.provide(Settings.layer)
      )
    )
  )
).pipe(
  Command.withDescription(
    "Ask each ESP whether credentials, list, attributes and permissions are right. Fails when one is not."
  )
)

export const esp = Command.make("esp").pipe(
  Command.withDescription("Look after the ESP connections."),
  Command.withSubcommands([check])
)
