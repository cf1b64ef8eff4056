import type { Limit } from "../invariants/Plays.ts"
import type { Connected } from "../target/Database.ts"

export interface Game {
  readonly slug: string
  readonly limit: Limit | undefined
}

/** The games of the attack. Windows of a few seconds end and begin again within a run. */
export const games: ReadonlyArray<Game> = [
  { slug: "free", limit: undefined },
  { slug: "once", limit: { plays: 1 } },
  { slug: "thrice", limit: { plays: 3 } },
  { slug: "window", limit: { plays: 2, windowSeconds: 5 } }
]

/** The game that the fuzzer plays, which has no limit. */
export const fuzzedGame = "fuzzed"

export const addGames = async (database: Connected): Promise<void> => {
  for (const { limit, slug } of [...games, { slug: fuzzedGame, limit: undefined }]) {
    const period = limit === undefined ? null : limit.windowSeconds === undefined ? "ever" : "window"
    await database.query(
      `insert into game (id, slug, title, limit_plays, limit_period, limit_window_seconds, created_at, updated_at)
       values (uuidv7(), $1, 'A game', $2, $3, $4, now(), now())`,
      [slug, limit?.plays ?? null, period, limit?.windowSeconds ?? null]
    )
  }
}
