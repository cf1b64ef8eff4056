import type { Row } from "./Pairs.ts"
import { short, table, whole } from "./Table.ts"

const change = (ratio: number) =>
  Number.isFinite(ratio) ? `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toFixed(1)} %` : "–"

const cpuOf = ({ database, service }: { readonly service: number; readonly database: number }) => service + database

/** Two services beside each other, under these names. */
export const pairsTable = (rows: ReadonlyArray<Row>, before: string, after: string) =>
  table(
    [
      "players",
      "connections",
      `plays/s ${before}`,
      after,
      "change",
      `CPU ms/play ${before}`,
      after,
      "change",
      `p50 ms ${before}`,
      after,
      `p99 ms ${before}`,
      after
    ],
    rows.map((row) => [
      row.players,
      whole(row.connections),
      whole(row.before.perSecond),
      whole(row.after.perSecond),
      change(row.perSecond),
      cpuOf(row.before).toFixed(3),
      cpuOf(row.after).toFixed(3),
      change(row.cpu),
      short(row.before.p50),
      short(row.after.p50),
      short(row.before.p99),
      short(row.after.p99)
    ])
  )
