import { Console, Effect, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { existsSync } from "node:fs"
import { failingWhenStopped } from "../platform/cli/Exits.ts"
import { optional } from "../platform/cli/Flags.ts"

/** Only a checkout has it; images contain no scripts. */
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

class NotCreated extends Schema.TaggedError<NotCreated>()("NotCreated", { message: Schema.String }) {}

const notCreated = (error: unknown) =>
  new NotCreated({ message: error instanceof Error ? error.message : String(error) })

/** If interrupted, it waits until all changes are undone. */
const make = (options: Options) =>
  Effect.callback<string, NotCreated>((resume, signal) => {
    const made = (async () => ((await import(generator.href)) as Generator).newModule(options, signal))()
    made.then(
      (text) => resume(Effect.succeed(text)),
      (error: unknown) => resume(Effect.fail(notCreated(error)))
    )
    return Effect.promise(() => made.catch(() => undefined))
  })

const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const create = Command.make(
  "new",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("The singular name of its resource, in lower-case letters: loyalty, gift-card.")
    ),
    plural: optional(
      Flag.String("plural").pipe(
        Flag.withDescription("The plural, which names the module; left out: formed by rule, such as loyalties.")
      )
    ),
    jobs: flag("jobs", "With a background job."),
    cli: flag("cli", "With a command."),
    core: flag("core", "Always on; left out: switched by MODULES."),
    dryRun: flag("dry-run", "Print the changes without making them.")
  },
  Effect.fnUntraced(function* ({ plural, ...options }) {
    if (!existsSync(generator)) {
      return yield* new NotCreated({
        message: "Modules can only be created in a checkout of Fairground: scripts/module is missing here."
      })
    }
    yield* Console.log(yield* make({ ...options, plural: plural ?? undefined }))
  }, failingWhenStopped("Stopped: the module was not created, and all changes were undone."))
).pipe(
  Command.withDescription(
    "Create a module with contract, service, table, settings and tests, for one example resource."
  ),
  Command.withExamples([
    { command: "fairground module new loyalty", description: "The module loyalties" },
    { command: "fairground module new gift-card --jobs --cli --dry-run", description: "Only print what it would write" }
  ])
)

export const module = Command.make("module").pipe(
  Command.withDescription("Create a module, for developers of Fairground."),
  Command.withSubcommands([create])
)
