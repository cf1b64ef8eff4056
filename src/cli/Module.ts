import { Console, Effect, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { existsSync } from "node:fs"
import { failingWhenStopped } from "../platform/cli/Exits.ts"
import { optional } from "../platform/cli/Flags.ts"

/** Beside the sources, in a checkout alone: what is served does not hold what makes it. */
const generator = new URL("../../scripts/module/new.ts", import.meta.url)

interface Options {
  readonly name: string
  readonly plural: string | undefined
  readonly jobs: boolean
  readonly cli: boolean
  readonly core: boolean
  readonly dryRun: boolean
}

interface Generator {
  readonly newModule: (options: Options, signal: AbortSignal) => Promise<string>
}

class NotMade extends Schema.TaggedError<NotMade>()("NotMade", { message: Schema.String }) {}

const notMade = (error: unknown) => new NotMade({ message: error instanceof Error ? error.message : String(error) })

/** Interrupted, it waits until what was written is taken back. */
const make = (options: Options) =>
  Effect.callback<string, NotMade>((resume, signal) => {
    const made = (async () => ((await import(generator.href)) as Generator).newModule(options, signal))()
    made.then(
      (text) => resume(Effect.succeed(text)),
      (error: unknown) => resume(Effect.fail(notMade(error)))
    )
    return Effect.promise(() => made.catch(() => undefined))
  })

const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const create = Command.make(
  "new",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("What one of its things is called, in lower-case letters: loyalty, gift-card.")
    ),
    plural: optional(
      Flag.String("plural").pipe(
        Flag.withDescription("What several are called, which is the module's name; left out: by rule, loyalties.")
      )
    ),
    jobs: flag("jobs", "With work in the background."),
    cli: flag("cli", "With a command."),
    core: flag("core", "Always on; left out: MODULES says whether it is served."),
    dryRun: flag("dry-run", "Say what would be written, and write nothing.")
  },
  Effect.fnUntraced(function* ({ plural, ...options }) {
    if (!existsSync(generator)) {
      return yield* new NotMade({
        message: "A module is made in a checkout of Fairground: the templates in scripts/module are not here."
      })
    }
    yield* Console.log(yield* make({ ...options, plural: plural ?? undefined }))
  }, failingWhenStopped("Stopped: no module was made, and nothing is left of it."))
).pipe(
  Command.withDescription(
    "Make a module: contract, service, tables, settings and tests, with one thing as an example."
  ),
  Command.withExamples([
    { command: "fairground module new loyalty", description: "The module loyalties" },
    { command: "fairground module new gift-card --jobs --cli --dry-run", description: "Only to see what it would be" }
  ])
)

export const module = Command.make("module").pipe(
  Command.withDescription("Make a module, for those who develop Fairground."),
  Command.withSubcommands([create])
)
