import * as Esp from "./Esp.ts"
import { machine } from "./Page.ts"
import { percent, short, table, whole } from "./Table.ts"

const change = (value: number, base: number) =>
  Number.isFinite(value / base) ? `${value >= base ? "+" : ""}${(((value - base) / base) * 100).toFixed(1)} %` : "–"

const healthyFor = ({ rows }: Esp.Result, row: Esp.Row) =>
  rows.find(({ behaviour, planned }) => behaviour === "healthy" && planned === row.planned)?.summary

const rowsTable = (result: Esp.Result) =>
  table(
    [
      "ESP",
      "planned/s",
      "new/s",
      "returning plays/s",
      "rounds",
      "to healthy",
      "p50 ms",
      "p99 ms",
      "p99 to healthy",
      "CPU ms/play: service",
      "new: unknown",
      "new: p99 ms"
    ],
    result.rows.map((row) => {
      const { behaviour, newP99, newPerSecond, newUnknown, planned, summary } = row
      const healthy = healthyFor(result, row)
      return [
        behaviour,
        planned === undefined ? "as many as can" : whole(planned),
        whole(newPerSecond),
        whole(summary.perSecond),
        `${whole(summary.range[0])}–${whole(summary.range[1])}`,
        change(summary.perSecond, healthy?.perSecond ?? Number.NaN),
        short(summary.p50),
        short(summary.p99),
        change(summary.p99, healthy?.p99 ?? Number.NaN),
        short(summary.service),
        percent(newUnknown),
        short(newP99)
      ]
    })
  )

const aims = (result: Esp.Result) => {
  const { backlog, rows } = result
  const within = (text: string, found: number, bound: number) => [
    text,
    `at most ${bound} %`,
    `${found.toFixed(1)} %`,
    Math.abs(found) <= bound ? "met" : "missed"
  ]
  const worse = (value: number, base: number) => ((value - base) / base) * 100
  return table(
    ["Aim", "wanted", "found", ""],
    [
      ...rows
        .filter(({ behaviour, planned }) => behaviour !== "healthy" && planned !== undefined)
        .flatMap((row) => {
          const healthy = healthyFor(result, row)
          if (healthy === undefined) return []
          return [
            within(
              `ESP ${row.behaviour}: plays/s of returning players differ`,
              Math.abs(worse(row.summary.perSecond, healthy.perSecond)),
              10
            ),
            within(
              `ESP ${row.behaviour}: their p99 differs, worse (+) or better (-), by`,
              worse(row.summary.p99, healthy.p99),
              10
            )
          ]
        }),
      [
        `Memory while ${whole(backlog.contacts)} contacts wait`,
        "at most 300 MB",
        `${whole(backlog.waiting)} MB`,
        backlog.waiting <= 300 ? "met" : "missed"
      ],
      within("The backlog is settled at the background's rate, less", worse(Esp.backgroundRate, backlog.perSecond), 5)
    ]
  )
}

/** The text of ESP.md. */
export const espPage = (result: Esp.Result, plan: Esp.Plan, postgres: string): string => `# Results beside a real ESP

Written by \`npm run bench -- --esp\` on ${new Date().toISOString().slice(0, 10)}. Do not edit: run it again.

${machine(postgres)}
| Rounds | ${plan.rounds} of ${plan.measureMs / 1000} s for every figure, after ${plan.warmUpMs / 1000} s of warm-up each |

Three services with the listmonk adapter, each with its own database and its own ESP on this machine: one ESP answers in 50 ms, one never
answers, and one answers 503. Returning players on 32 connections are measured. A fifth of all plays come from new players on separate
connections, because a new player may wait for the ESP.

${aims(result)}

## Returning players

First at planned times, at two fifths of the maximum rate. Then as many as are answered; here a healthy ESP costs CPU time too, for itself
and for the calls.

${rowsTable(result)}

## Backlog

New players come while the ESP hangs, until ${whole(result.backlog.contacts)} contacts wait. Then that process is stopped, the ESP starts to
answer in 10 ms, and another process settles the contacts. The connection's limit is ${Esp.limit} calls per second, of which the background uses four
fifths: ${Esp.backgroundRate}.

${table(
  ["Contacts", "MB at the start", "MB when all wait", "MB at most", "settled/s", "calls each"],
  [
    [
      whole(result.backlog.contacts),
      whole(result.backlog.before),
      whole(result.backlog.waiting),
      whole(result.backlog.peak),
      whole(result.backlog.perSecond),
      result.backlog.callsEach.toFixed(3)
    ]
  ],
  0
)}
`
