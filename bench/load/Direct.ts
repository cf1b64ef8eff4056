import { performance } from "node:perf_hooks"
import pg from "pg"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { recordPlay, type Row } from "../peers/PlayStatement.ts"
import { pace } from "./Closed.ts"
import * as Meter from "./Meter.ts"
import type { DirectOrder, Figures, Note } from "./Order.ts"
import { addresses, game, playFields } from "./Players.ts"

/**
 * Every connection runs the peer's prepared statement as fast as commits return: the database's throughput without a service.
 */
export const run = async (order: DirectOrder, tell: (note: Note) => void): Promise<Figures> => {
  const meter = Meter.make(order.measureMs)
  const next = addresses(order.players, order.seed)
  const data = JSON.stringify(playFields.data)
  let stopping = false

  const play = async (client: pg.Client) => {
    const email = next()
    const now = Date.now()
    const since = performance.now()
    const { rows } = await client.query<Row & pg.QueryResultRow>(
      recordPlay({
        id: uuidV7At(now),
        slug: game,
        playedAt: new Date(now),
        candidateId: uuidV7At(now),
        emailKey: email,
        email,
        name: playFields.name,
        score: playFields.score,
        consentTextVersion: playFields.consent.textVersion,
        consentLanguage: playFields.consent.language,
        data,
        key: null,
        requestHash: null,
        leaseUntil: new Date(now + 33_000)
      })
    )
    const [row] = rows
    if (row?.outcome !== "recorded" || row.number === null || row.number < 2 || row.verdict !== "existed") {
      throw new Error(`a row that cannot be: ${JSON.stringify(row)}`)
    }
    meter.answer(since, false)
  }

  const clients = Array.from({ length: order.connections }, () => new pg.Client({ connectionString: order.url }))
  try {
    await Promise.all(clients.map((client) => client.connect()))
    const loops = Promise.all(
      clients.map(async (client) => {
        while (!stopping) await play(client)
      })
    )
    await Promise.race([
      pace(order, meter, tell),
      // The loops end early only if one fails.
      loops
    ])
    stopping = true
    await loops
  } finally {
    stopping = true
    await Promise.allSettled(clients.map((client) => client.end()))
  }
  return meter.figures()
}
