import { Console, Duration, Effect, Layer, Option } from "effect"
import { Command } from "effect/cli"
import { HttpServer } from "effect/http"
import { Links } from "../accounts/Links.ts"
import { Screen } from "../accounts/Screen.ts"
import { Setup } from "../accounts/setup/Setup.ts"
import * as App from "../App.ts"
import { Connections } from "../esp/Connections.ts"
import { sandboxName } from "../esp/sandbox/EspSandbox.ts"
import type { Games } from "../games/Games.ts"
import type { Slug } from "../games/Game.ts"
import { type AnyModule, withModule } from "../Module.ts"
import { onByEnvironment } from "../ModuleChoice.ts"
import { modules } from "../Modules.ts"
import * as AllSettings from "../Settings.ts"
import { PagesModule } from "../pages/PagesModule.ts"
import { type Shown, Showcase } from "../platform/pages/Showcase.ts"
import { TasksDemoModule } from "../tasks/TasksModule.ts"
import * as Exits from "../platform/cli/Exits.ts"
import * as Logging from "../platform/observe/Logging.ts"
import { Database } from "../platform/postgres/Sql.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { Settings } from "../platform/settings/Settings.ts"
import * as Telemetry from "../platform/observe/Telemetry.ts"
import * as Watchdog from "../platform/observe/Watchdog.ts"
import { addGames, firstGame, showcase } from "./DemoGames.ts"
import { WebModule } from "../web/WebModule.ts"

/** The ESP connections with their providers: `shop (brevo), sandbox`. */
const espsOf = ({ prepared }: Connections["Service"]): string =>
  prepared.size === 0
    ? `${sandboxName} (needs no account, keeps its contacts in the database)`
    : [...[...prepared].map(([name, { provider }]) => `${name} (${provider})`), sandboxName].join(", ")

/** The address that a program on this machine reaches the service at. */
const ownAddress = Effect.map(HttpServer.HttpServer, ({ address }) =>
  HttpServer.formatAddress(address).replace("//0.0.0.0:", "//localhost:").replace("//[::]:", "//localhost:")
)

/** The same for people: browsers have passkeys for names only, and a cookie of `127.0.0.1` is none of `localhost`. */
const browserAddress = Effect.map(ownAddress, (address) =>
  address.replace("//127.0.0.1:", "//localhost:").replace("//[::1]:", "//localhost:")
)

const whereItIs = Effect.fnUntraced(function* (url: string) {
  const { description } = yield* Database
  return {
    address: url,
    docs: `${url}/docs`,
    database: description,
    esp: espsOf(yield* Connections)
  }
})

/**
 * The link that makes the first owner, where there is none; it is a secret, and goes to the screen and to no log. Else the page on
 * which people sign in.
 */
const setUp = Effect.gen(function* () {
  const link = yield* (yield* Setup).link
  return [link === undefined ? `Account     ${yield* (yield* Links).page("/account")}` : `Set up      ${link}`]
}).pipe(
  Effect.catchTag("DatabaseUnavailable", () =>
    Effect.succeed(["Set up      The database does not answer: `fairground account setup` prints a link"])
  )
)

/** Where the admin is, if this process serves it. */
const adminAt = (address: string) =>
  Effect.map(onByEnvironment, (served) =>
    served.some(({ name }) => name === WebModule.name) ? [`Admin       ${address}/admin`] : []
  )

/** What a newcomer needs to know, in a few lines. */
const greet = (game: Option.Option<Slug>) =>
  Effect.gen(function* () {
    const { address, database, docs, esp } = yield* whereItIs(yield* browserAddress)
    const path = `/api/v1/games/${Option.getOrElse(game, () => "<slug>")}/plays`
    yield* Console.log(
      [
        `Fairground  ${address}`,
        ...(yield* adminAt(address)),
        `Docs        ${docs}`,
        `Database    ${database}`,
        `ESP         ${esp}`,
        ...(yield* setUp),
        "",
        Option.isSome(game) ? "Record a play:" : "Add a game with `fairground game add`, then record a play:",
        `  curl -X POST ${address}${path} -H 'Content-Type: application/json' -d '{"email":"nora@shop.example"}'`,
        ""
      ].join("\n")
    )
  })

/** Announces the service in a log that programs read. */
export const logStart = Effect.gen(function* () {
  yield* Effect.logInfo("Fairground serves").pipe(Effect.annotateLogs(yield* whereItIs(yield* ownAddress)))
  const isOpen = yield* Effect.orElseSucceed((yield* Setup).isOpen, () => false)
  if (isOpen) yield* Effect.logInfo("There is no owner yet: `fairground account setup` prints a link that makes one")
})

/** Shows links that people need to whoever started the service. */
const onScreen = Layer.succeed(Screen, (line: string) => Console.log(line))

const stopping = Effect.gen(function* () {
  const { shutdownDrain } = yield* Settings
  const { drain } = yield* Shutdown
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      if (shutdownDrain !== "off") {
        yield* Effect.logInfo(`Fairground stops in ${Duration.format(shutdownDrain)}: until then requests are taken`)
      }
      yield* drain
      yield* Effect.logInfo("Fairground stops: what is running is finished first")
    })
  )
})

const showing = (showcase: ReadonlyArray<Shown>) =>
  Layer.effect(
    Showcase,
    Effect.map(onByEnvironment, (served) => (served.some(({ name }) => name === PagesModule.name) ? showcase : []))
  )

/** Runs the service, with those of the given modules that are on, until it is asked to stop. */
export const run = <E>(options: {
  readonly prepare: Effect.Effect<void, E, Games>
  readonly announce: Effect.Effect<void, never, HttpServer.HttpServer | Database | Connections | Links | Setup>
  /** Somebody sits before the machine, and sees what it prints. */
  readonly isWatched?: boolean
  /** What there is to look at on the first page, if the module of pages is on. */
  readonly showcase?: ReadonlyArray<Shown>
  readonly settings: typeof AllSettings.layer
  readonly modules: ReadonlyArray<AnyModule>
}) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      yield* (yield* Links).listens(yield* browserAddress)
      // First: whoever reads that it serves may ask it to stop at once.
      yield* stopping
      yield* options.announce
    })
  ).pipe(
    Layer.merge(Watchdog.layer),
    Layer.provide(App.layerOf(options.modules, options.prepare)),
    Layer.provide(showing(options.showcase ?? [])),
    Layer.provide(options.isWatched === true ? onScreen : Layer.empty),
    // The collector's logger is added to the existing ones.
    Layer.provide(Telemetry.layer.pipe(Layer.provideMerge(Logging.layer))),
    Layer.provide(options.settings),
    Layer.launch,
    Exits.withLogOnly
  )

export const serve = Command.make("serve", {}, () =>
  run({
    prepare: Effect.void,
    announce: process.stdout.isTTY ? greet(Option.none()) : logStart,
    isWatched: process.stdout.isTTY === true,
    settings: AllSettings.layer,
    modules
  })
).pipe(
  Command.withDescription(
    "Serve the API and work in the background until SIGTERM or Ctrl-C. Migrates the database first."
  )
)

export const demo = Command.make("demo", {}, () =>
  run({
    prepare: addGames,
    announce: greet(Option.some(firstGame)),
    isWatched: true,
    showcase,
    settings: AllSettings.layerDemo,
    modules: withModule(modules, TasksDemoModule)
  })
).pipe(
  Command.withDescription(
    "Like serve, with games to try, and open to pages of every origin unless CORS_ORIGINS says otherwise."
  )
)
