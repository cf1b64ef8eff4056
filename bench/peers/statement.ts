import { find, isKeyTaken, makePool, register, through } from "./Database.ts"
import * as Peer from "./Peer.ts"
import { recordPlay, type Row } from "./PlayStatement.ts"

/** The same service with one prepared statement per play: one round trip, one commit. */
export const make = (url: string) => {
  const pool = makePool(url)
  const db = through(pool, true)

  const write = async (play: Peer.NewPlay) => (await db.query<Row>(recordPlay(play))).rows[0]!

  const app = Peer.make(async (play): Promise<Peer.Receipt | Peer.Refusal> => {
    const row = await write(play).catch((error: unknown) => {
      if (isKeyTaken(error)) return write(play)
      throw error
    })
    switch (row.outcome) {
      case "recorded": {
        const verdict = row.is_new_contact
          ? await register(db, play, row.player_id!, row.esp!)
          : (row.verdict ?? "unknown")
        return { id: play.id, playedAt: play.playedAt, number: row.number!, verdict }
      }
      case "earlier":
        return find(db, row.earlier_play_id!)
      case "key-reused":
        return { status: 422, problem: "idempotency-key-reused" }
      case "not-open":
        return { status: 409, problem: "game-not-open", members: { opensAt: row.opens_at, closesAt: row.closes_at } }
      case "unknown-game":
        return { status: 404, problem: "game-not-found" }
      case "limit-reached": {
        const limit = { plays: row.limit_plays, period: row.limit_period, windowSeconds: row.limit_window_seconds }
        return { status: 409, problem: "play-limit-reached", members: { limit, nextPlayAt: row.next_play_at } }
      }
    }
  })
  app.addHook("onClose", () => pool.end())
  return app
}
