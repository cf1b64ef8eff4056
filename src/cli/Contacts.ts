import { Effect, Layer, Option, Schema, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { Backlog, type Open } from "../esp/Backlog.ts"
import { Connections } from "../esp/Connections.ts"
import { Slug } from "../games/Game.ts"
import { Games } from "../games/Games.ts"
import { requireEsp } from "../games/UnknownEsps.ts"
import * as Logging from "../platform/Logging.ts"
import * as DatabaseClock from "../platform/postgres/DatabaseClock.ts"
import * as Sql from "../platform/postgres/Sql.ts"
import { Settings } from "../platform/Settings.ts"
import * as Following from "./Following.ts"
import { Progress } from "./Progress.ts"
import * as Terminal from "./Terminal.ts"

export const withBacklog = Effect.provide(
  Layer.mergeAll(Backlog.layer, Games.layer, Progress.layer).pipe(
    Layer.provideMerge(DatabaseClock.layer),
    Layer.provide(Sql.layerShared),
    Layer.merge(Connections.layer),
    Layer.provide(Logging.layer),
    Layer.provide(Settings.layer)
  )
)

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON instead of text."),
  Flag.withDefault(false)
)

export const wait = Flag.Boolean("wait").pipe(
  Flag.withDescription("Follow until they are settled. Ctrl-C leaves them to the service."),
  Flag.withDefault(false)
)

const selection = {
  esp: Flag.String("esp").pipe(
    Flag.withDescription("Only those at this ESP connection."),
    Flag.optional,
    Flag.map(Option.getOrNull)
  ),
  game: Flag.String("game").pipe(
    Flag.withDescription("Only those that this game has brought in."),
    Flag.withSchema(Slug),
    Flag.optional,
    Flag.map(Option.getOrNull)
  )
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

/** Each as it comes: there may be hundreds of thousands. */
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
      Flag.withDescription("Those that are not attempted any more, instead of those that wait for an attempt."),
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
  Effect.fnUntraced(function* ({ json, limit, stuck, ...of }) {
    if (of.game !== null) yield* (yield* Games).find(of.game)
    const backlog = yield* Backlog
    const all = stuck ? backlog.stuck(of) : backlog.waiting(of)
    const count = yield* print(
      Option.match(limit, { onNone: () => all, onSome: (most) => Stream.take(all, most) }),
      json
    )
    if (json) return yield* Terminal.print(count === 0 ? "[]" : "]")
    if (count === 0) yield* Terminal.print(stuck ? "No contact is stuck." : "No contact waits.")
  }, withBacklog)
).pipe(
  Command.withDescription("List contacts without a verdict: those that wait for an attempt, by when they are due."),
  Command.withExamples([
    { command: "fairground contacts list --stuck --esp shop", description: "What has been given up at a connection" }
  ])
)

const retry = Command.make(
  "retry",
  { ...selection, wait, json },
  Effect.fnUntraced(function* ({ json, wait, ...of }) {
    if (of.game !== null) yield* (yield* Games).find(of.game)
    if (of.esp !== null) yield* requireEsp(of.esp)
    const backlog = yield* Backlog
    const started = yield* Following.counting("started", (told) => backlog.restart(of, told))
    yield* Terminal.print(
      json
        ? JSON.stringify({ started: started.count })
        : started.count === 0
          ? "No contact is stuck."
          : `${Following.contacts(started.count)} started again: the service attempts them now.`
    )
    if (wait) yield* Following.follow(started)
  }, withBacklog)
).pipe(
  Command.withDescription("Start contacts again that are not attempted any more, with ESP_SETTLE_FOR before them.")
)

export const contacts = Command.make("contacts").pipe(
  Command.withDescription("See which contacts have no verdict yet, and start those again that were given up."),
  Command.withSubcommands([list, retry])
)
