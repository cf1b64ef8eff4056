import { Clock, Context, Duration, Effect, Exit, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Contacts } from "../../../src/contacts/Contacts.ts"
import type { EspClient } from "../../../src/esp/EspClient.ts"
import type { EspGuard } from "../../../src/esp/EspGuard.ts"
import { guardInMemory } from "../esp/GuardInMemory.ts"
import { EspMemory } from "../esp/EspMemory.ts"
import { Slug } from "../../../src/games/Game.ts"
import { Games, type NewGame } from "../../../src/games/Games.ts"
import * as Sql from "../../../src/platform/postgres/Sql.ts"
import { Shutdown } from "../../../src/platform/Shutdown.ts"
import { layerWith } from "../Settings.ts"
import type { RecordPlay } from "../../../src/plays/Play.ts"
import { PlayWriter } from "../../../src/plays/PlayWriter.ts"
import { Plays } from "../../../src/plays/Plays.ts"
import { WriterSql } from "../../../src/plays/WriterSql.ts"
import * as TestDatabase from "../TestDatabase.ts"

type Env = Record<string, string>

/**
 * The modules of one process of the service, without HTTP and background work. The ESP comes from the context, and so do its
 * limits if the guard has none of its own. By default a play waits for its verdict longer than a busy machine may pause.
 */
export const replica = <R = EspClient>(
  url: Redacted.Redacted<string>,
  env: Env = {},
  guard: Layer.Layer<EspGuard, never, R | EspClient | Layer.Success<ReturnType<typeof layerWith>>> = guardInMemory
) =>
  Layer.fresh(
    Plays.layerNoDeps.pipe(
      Layer.provideMerge(PlayWriter.layer),
      Layer.provideMerge(WriterSql.layer),
      Layer.provideMerge(Contacts.layer),
      Layer.provide(guard),
      Layer.merge(Games.layer),
      Layer.provideMerge(Sql.layer),
      Layer.provide(Shutdown.layer),
      Layer.provideMerge(layerWith({ DATABASE_URL: Redacted.value(url), ESP_DEADLINE: "20 seconds", ...env }))
    )
  )

/** A process of the service with its own database and an in-memory ESP. */
export const layer = (env: Env = {}) =>
  Layer.unwrap(Effect.map(TestDatabase.makeUrl, (url) => replica(url, env))).pipe(Layer.provideMerge(EspMemory.layer))

let games = 0

/** Adds a game, by default open and without a limit. Returns its slug. */
export const addGame = Effect.fnUntraced(function* (change: Partial<NewGame> = {}) {
  const slug = Slug.make(`game-${process.pid}-${games++}`)
  const game = yield* Effect.flatMap(Games, (service) =>
    service.add({
      slug,
      title: "A game",
      opensAt: null,
      closesAt: null,
      timeZone: "UTC",
      limit: null,
      esp: "sandbox",
      ...change
    })
  )
  return game.slug
})

/** Records a play. */
export const record = (slug: Slug, email: string, more: Partial<RecordPlay> = {}, key?: string) =>
  Effect.flatMap(Plays, (plays) => plays.record({ slug, play: { email, ...more }, key }))

/** The result of a play in a word: its number, or the reason of its refusal. */
export const wordOf = <A extends { readonly plays: number }, E extends { readonly _tag: string }>(
  effect: Effect.Effect<A, E, Plays>
) =>
  Effect.map(Effect.exit(effect), (exit): number | string => {
    if (Exit.isSuccess(exit)) return exit.value.plays
    const [reason] = exit.cause.reasons
    return reason?._tag === "Fail" ? reason.error._tag : (reason?._tag ?? "nothing")
  })

/** The numbers of all plays by game and player, sorted: without gaps each list is 1, 2, 3… */
export const numbersOf = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ slug: string; email: string; numbers: ReadonlyArray<number>; plays: number }>`
    select game.slug, player.email_key as email, array_agg(play.number order by play.number) as numbers, entry.plays
    from play
    join game on game.id = play.game_id
    join player on player.id = play.player_id
    join entry on entry.player_id = play.player_id and entry.game_id = play.game_id
    group by game.slug, player.email_key, entry.plays`
  return rows.map((row) => ({
    ...row,
    isWhole: row.plays === row.numbers.length && row.numbers.every((number, index) => number === index + 1)
  }))
})

/** Sets the time that the service reads. Waits are real, so that pools and timeouts work. */
export class Time extends Context.Service<
  Time,
  {
    readonly set: (to: string | number) => void
    readonly adjust: (by: Duration.Input) => void
    readonly now: () => number
  }
>()("test/Time") {
  /** `Clock` for the service and its control for the test. */
  static readonly layer = Layer.effectContext(
    Effect.map(Clock.Clock, (real) => {
      let now = Date.parse("2026-11-20T12:00:00Z")
      const time = Time.of({
        set: (to) => {
          now = new Date(to).getTime()
        },
        adjust: (by) => {
          now += Duration.toMillis(Duration.fromInputUnsafe(by))
        },
        now: () => now
      })
      return Context.make(Time, time).pipe(
        Context.add(Clock.Clock, {
          currentTimeMillisUnsafe: () => now,
          currentTimeMillis: Effect.sync(() => now),
          currentTimeNanosUnsafe: () => BigInt(now) * 1_000_000n,
          currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
          monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
          monotonicTimeNanos: real.monotonicTimeNanos,
          sleep: (duration) => real.sleep(duration)
        })
      )
    })
  )
}

/** Like `layer`, at a time that the test sets, initially 2026-11-20T12:00:00Z. Not for use with the test clock. */
export const layerTime = (env: Env = {}) => layer(env).pipe(Layer.provideMerge(Time.layer))
