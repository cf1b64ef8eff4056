import { Effect, Layer, Option, Schema, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { Audit } from "../audit/Audit.ts"
import { Backlog, type Ended, type Open } from "./Backlog.ts"
import { Connections } from "../esp/Connections.ts"
import { Slug } from "../games/Game.ts"
import { Games } from "../games/Games.ts"
import { requireEsp } from "../esp/UnknownEsp.ts"
import { EspSettings } from "../esp/EspSettings.ts"
import * as Following from "./Following.ts"
import { Progress } from "../platform/cli/Progress.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json, optional, since, startOf, UnclearChoice } from "../platform/cli/Flags.ts"
import * as Terminal from "../platform/cli/Terminal.ts"

export const withBacklog = Effect.provide(
  Layer.mergeAll(Backlog.layer, Games.layer, Progress.layer, Connections.layer).pipe(
    Layer.provide(Audit.layer),
    Layer.provideMerge(commandDatabase(EspSettings))
  )
)

export const wait = Flag.Boolean("wait").pipe(
  Flag.withDescription("Follow until they are settled. Ctrl-C leaves them to the service."),
  Flag.withDefault(false)
)

const selection = {
  esp: optional(Flag.String("esp").pipe(Flag.withDescription("Only those at this ESP connection."))),
  game: optional(
    Flag.String("game").pipe(Flag.withDescription("Only those that this game has brought in."), Flag.withSchema(Slug))
  ),
  rejected: Flag.Boolean("rejected").pipe(
    Flag.withDescription("Those that the ESP has rejected."),
    Flag.withDefault(false)
  ),
  since: since("Only those that were given up or rejected since")
}

const factsOf = (open: Open) => ({
  email: open.email,
  esp: open.esp,
  game: open.game,
  since: open.since.toISOString(),
  attempts: open.attempts,
  reason: open.reason,
  dueAt: open.dueAt === null ? null : open.dueAt.toISOString()
})

const lineOf = (open: Open): string => {
  const { attempts, dueAt, email, esp, game, reason, since } = factsOf(open)
  const due = dueAt === null ? "" : `, due ${dueAt}`
  return `${email}  ${esp}  ${game}  since ${since}${due}, ${attempts} attempts: ${reason ?? "none has ended yet"}`
}

const none = { stuck: "No contact is stuck.", rejected: "No contact is rejected." } as const

/** Prints contacts as they arrive, because there may be hundreds of thousands. Returns how many. */
const print = <E, R>(all: Stream.Stream<Open, E, R>, asJson: boolean) =>
  Effect.gen(function* () {
    let count = 0
    yield* Stream.runForEachArray(all, (page) =>
      Effect.suspend(() => {
        const lines = page.map((open, index) =>
          asJson ? `${count + index === 0 ? "[" : ","}${JSON.stringify(factsOf(open))}` : lineOf(open)
        )
        count += page.length
        return Terminal.print(lines)
      })
    )
    return count
  })

const list = Command.make(
  "list",
  {
    stuck: Flag.Boolean("stuck").pipe(
      Flag.withDescription("Those that were given up without a verdict, instead of those that wait for an attempt."),
      Flag.withDefault(false)
    ),
    ...selection,
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("The most that are printed; left out: all."),
      Flag.withSchema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
      Flag.optional
    ),
    json
  },
  Effect.fnUntraced(function* ({ json, limit, rejected, since, stuck, ...of }) {
    if (stuck && rejected) {
      return yield* new UnclearChoice({ message: "Name either --stuck or --rejected." })
    }
    if (since !== null && !stuck && !rejected) {
      return yield* new UnclearChoice({ message: "--since goes with --stuck or --rejected." })
    }
    if (of.game !== null) yield* (yield* Games).find(of.game)
    const backlog = yield* Backlog
    const as = rejected ? "rejected" : "stuck"
    const all = stuck || rejected ? backlog.ended({ ...of, as, since: yield* startOf(since) }) : backlog.waiting(of)
    const count = yield* print(
      Option.match(limit, { onNone: () => all, onSome: (most) => Stream.take(all, most) }),
      json
    )
    if (json) return yield* Terminal.print(count === 0 ? "[]" : "]")
    if (count === 0) yield* Terminal.print(stuck || rejected ? none[as] : "No contact waits.")
  }, withBacklog)
).pipe(
  Command.withDescription(
    "List contacts that wait for an attempt, by when they are due; or those that were given up or rejected."
  ),
  Command.withExamples([
    { command: "fairground contacts list --stuck --esp shop", description: "What has been given up at a connection" },
    {
      command: "fairground contacts list --rejected --since '1 day'",
      description: "What `retry` with the same flags would start again"
    }
  ])
)

const retry = Command.make(
  "retry",
  { ...selection, wait, json },
  Effect.fnUntraced(function* ({ json, rejected, since, wait, ...of }) {
    if (of.game !== null) yield* (yield* Games).find(of.game)
    if (of.esp !== null) yield* requireEsp(of.esp)
    const backlog = yield* Backlog
    const as = rejected ? "rejected" : "stuck"
    const ended: Ended = { ...of, as, since: yield* startOf(since) }
    const started = yield* Following.counting("started", (onProgress) => backlog.restart(ended, onProgress))
    yield* Terminal.print(
      json
        ? JSON.stringify({ started: started.count })
        : started.count === 0
          ? none[as]
          : `${Following.contacts(started.count)} started again: the service attempts them now.`
    )
    if (wait) yield* Following.follow(started)
  }, withBacklog)
).pipe(
  Command.withDescription(
    "Start contacts again that were given up, or with --rejected those that the ESP has rejected, with ESP_SETTLE_FOR before them. A rejected one is `unknown` until the ESP has answered anew."
  ),
  Command.withExamples([
    {
      command: "fairground contacts retry --rejected --esp shop --since '2 hours'",
      description: "What a connection has rejected while something else answered in the ESP's place"
    }
  ])
)

export const contacts = Command.make("contacts").pipe(
  Command.withDescription("See which contacts have no verdict yet or were rejected, and start them again."),
  Command.withSubcommands([list, retry])
)
