import { Console, Effect, Layer, Option } from "effect"
import { Command } from "effect/cli"
import { HttpServer } from "effect/http"
import * as App from "../App.ts"
import { Games } from "../games/Games.ts"
import { Slug } from "../games/Game.ts"
import * as Logging from "../platform/Logging.ts"
import { Database } from "../platform/postgres/Sql.ts"
import { Settings } from "../platform/Settings.ts"
import * as Telemetry from "../platform/Telemetry.ts"

const demoGame = Slug.make("wheel")

const addDemoGame = Effect.gen(function*() {
  const games = yield* Games
  yield* games.add({
    slug: demoGame,
    title: "Wheel of fortune",
    opensAt: null,
    closesAt: null,
    timeZone: "UTC",
    limit: null,
    esp: "sandbox"
  }).pipe(Effect.catchTag("SlugTaken", () => Effect.void))
})

/** What a newcomer needs to know, on a few lines. */
const announce = (game: Option.Option<Slug>) =>
  Effect.gen(function*() {
    const address = HttpServer.formatAddress((yield* HttpServer.HttpServer).address).replace("0.0.0.0", "localhost")
    const { description } = yield* Database
    const lines = [
      ["Fairground", address],
      ["Docs", `${address}/docs`],
      ["Database", description],
      ["ESP", "sandbox: needs no account, keeps its contacts in the database"]
    ].map(([name = "", value = ""]) => `${name.padEnd(12)}${value}`)
    const path = `/api/v1/games/${Option.getOrElse(game, () => "<slug>")}/plays`
    yield* Console.log(
      [
        ...lines,
        "",
        Option.isSome(game) ? "Record a play:" : "Add a game with `fairground game add`, then record a play:",
        `  curl -X POST ${address}${path} -H 'Content-Type: application/json' -d '{"email":"nora@shop.example"}'`,
        ""
      ].join("\n")
    )
  })

const run = (prepare: Effect.Effect<void, unknown, Games>, game: Option.Option<Slug>, settings: Layer.Layer<Settings, unknown>) =>
  Layer.effectDiscard(announce(game)).pipe(
    Layer.provide(App.layer(prepare)),
    Layer.provide([Logging.layer, Telemetry.layer]),
    Layer.provide(settings),
    Layer.launch
  )

export const serve = Command.make("serve", {}, () => run(Effect.void, Option.none(), Settings.layer)).pipe(
  Command.withDescription("Serve the API and work in the background until SIGTERM or Ctrl-C. Migrates the database first.")
)

export const demo = Command.make("demo", {}, () => run(addDemoGame, Option.some(demoGame), Settings.layerDemo)).pipe(
  Command.withDescription("Like serve, with the game `wheel` to try, and open to pages of every origin unless CORS_ORIGINS says otherwise.")
)
