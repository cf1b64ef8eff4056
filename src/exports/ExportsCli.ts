import { Effect, Layer, Schema, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { Audit } from "../audit/Audit.ts"
import { ContactsList } from "../contacts/ContactsList.ts"
import { Slug } from "../games/Game.ts"
import { Games } from "../games/Games.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { failingWhenStopped } from "../platform/cli/Exits.ts"
import { optional, UnclearChoice } from "../platform/cli/Flags.ts"
import * as Terminal from "../platform/cli/Terminal.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { Players } from "../players/Players.ts"
import { PlayersList } from "../plays/lists/PlayersList.ts"
import { PlaysList } from "../plays/lists/PlaysList.ts"
import type { Asked, ExportFormat } from "./Export.ts"
import { Exports } from "./Exports.ts"
import { ExportsSettings } from "./ExportsSettings.ts"

const withExports = Effect.provide(
  Exports.layer.pipe(
    Layer.provide(Layer.mergeAll(PlaysList.layer, PlayersList.layer, ContactsList.layer)),
    Layer.provide(Layer.mergeAll(Games.layer, Players.layer, Audit.layer)),
    Layer.provideMerge(commandDatabase(ExportsSettings))
  )
)

const moment = (name: string, description: string) =>
  optional(
    Flag.String(name).pipe(
      Flag.withDescription(`${description} Such as 2026-12-01T08:00:00Z.`),
      Flag.filterMap(Moment.parse, (text) => `"${text}" is no moment: give ${Moment.allowed}`)
    )
  )

const format = Flag.Literals("format", ["csv", "jsonl"] as const).pipe(
  Flag.withDescription("csv for spreadsheets, jsonl (a JSON object per line) for programs."),
  Flag.withDefault("csv" as ExportFormat)
)

const flags = (from: string, to: string, game: string) => ({
  format,
  game: optional(Flag.String("game").pipe(Flag.withDescription(game), Flag.withSchema(Slug))),
  from: moment("from", from),
  to: moment("to", to)
})

/** Standard output takes no more. */
class NotWritten extends Schema.TaggedError<NotWritten>()("NotWritten", { code: Schema.String }) {
  override get message(): string {
    return "Standard output takes no more: the export is not complete."
  }
}

/** Writes to standard output, and waits until it is taken: a slow reader must not fill the memory. */
const write = (bytes: Uint8Array) =>
  Effect.callback<void, NotWritten>((resume) => {
    process.stdout.write(bytes, (error: NodeJS.ErrnoException | null | undefined) =>
      resume(
        error === null || error === undefined
          ? Effect.void
          : Effect.fail(new NotWritten({ code: error.code ?? "unknown" }))
      )
    )
  })

const decoder = new TextDecoder()

/** A terminal gets text that it does not obey: players can have typed anything. */
const show = (bytes: Uint8Array) =>
  Terminal.print(
    decoder
      .decode(bytes)
      .replace(/\r?\n$/, "")
      .split(/\r?\n/)
  )

const out = (bytes: Uint8Array) => (process.stdout.isTTY ? show(bytes) : write(bytes))

/** The flags that were given. */
const given = <Flags extends object>(flags: Flags) =>
  Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== null)) as {
    readonly [Name in keyof Flags as null extends Flags[Name] ? never : Name]: Flags[Name]
  } & { readonly [Name in keyof Flags as null extends Flags[Name] ? Name : never]?: Exclude<Flags[Name], null> }

const run = (asked: Asked) =>
  Effect.gen(function* () {
    const { bytes } = yield* (yield* Exports).start(asked)
    yield* Stream.runForEach(bytes, out)
  }).pipe(
    Effect.scoped,
    // `head` closes the pipe once it has its lines, which is no failure.
    Effect.catchIf(
      (error) => error._tag === "NotWritten" && error.code === "EPIPE",
      () => Effect.void
    ),
    withExports,
    failingWhenStopped("Stopped: the export is not complete.")
  )

const plays = Command.make(
  "plays",
  flags("Only plays from then on.", "Only plays before then.", "Only plays of this game."),
  (flags) => run({ ...given(flags), what: "plays" })
).pipe(Command.withDescription("All plays with all that is stored of them, oldest first."))

const players = Command.make(
  "players",
  flags(
    "Only players who came from then on.",
    "Only players who came before then.",
    "Only players of this game, with what they have played in it."
  ),
  (flags) => run({ ...given(flags), what: "players" })
).pipe(Command.withDescription("All players with a summary of what they have played, in the order in which they came."))

const contacts = Command.make(
  "contacts",
  {
    ...flags(
      "Only contacts of plays from then on.",
      "Only contacts of plays before then.",
      "Only contacts that plays of this game have asked for."
    ),
    verdict: optional(
      Flag.Literals("verdict", ["existed", "created", "rejected", "unknown"]).pipe(
        Flag.withDescription("Only contacts with this verdict.")
      )
    ),
    stuck: Flag.Boolean("stuck").pipe(
      Flag.withDescription("Only contacts that were given up without a verdict."),
      Flag.withDefault(false)
    ),
    waiting: Flag.Boolean("waiting").pipe(
      Flag.withDescription("Only contacts that wait for an attempt."),
      Flag.withDefault(false)
    ),
    esp: optional(Flag.String("esp").pipe(Flag.withDescription("Only contacts at this ESP connection.")))
  },
  Effect.fnUntraced(function* ({ stuck, waiting, ...flags }) {
    if (stuck && waiting) return yield* new UnclearChoice({ message: "Name either --stuck or --waiting." })
    return yield* run({ ...given(flags), ...(stuck || waiting ? { stuck } : {}), what: "contacts" })
  })
).pipe(Command.withDescription("All contacts with the verdicts of the ESPs, in the order of the players' ids."))

/** `export` is a word of the language. */
export const exportCommand = Command.make("export").pipe(
  Command.withDescription("Write plays, players or contacts to standard output, as CSV or JSON lines."),
  Command.withSubcommands([plays, players, contacts]),
  Command.withExamples([
    {
      command: "fairground export plays --game wheel --format jsonl > plays.jsonl",
      description: "The plays of a game, for a program"
    },
    {
      command: "fairground export contacts --verdict rejected > rejected.csv",
      description: "What the ESPs did not take, for a spreadsheet"
    }
  ])
)
