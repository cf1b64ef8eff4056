import { type Plan, type Presented, type Result, type Row } from "./Accounts.ts"
import { machine, versionOf } from "./Page.ts"
import { names } from "./Services.ts"
import { short, table, times, whole } from "./Table.ts"

const words: Record<Presented, string> = { none: "without", key: "with a key", session: "with a session" }

const find = ({ rows }: Result, kind: Row["kind"], presents: Presented, connections: number) =>
  rows.find((row) => row.kind === kind && row.presents === presents && row.connections === connections)?.summary
    .perSecond ?? Number.NaN

const aims = (result: Result, plan: Plan) => {
  const row = (aim: string, wanted: string, text: string, isMet: boolean) => [
    aim,
    wanted,
    text,
    isMet ? "met" : "missed"
  ]
  const requests = plan.connections.flatMap((connections) =>
    (["key", "session"] as const).flatMap((presents) => {
      const own = find(result, "fairground", presents, connections)
      const without = own / find(result, "fairground", "none", connections)
      const beside = own / find(result, "accounts", presents, connections)
      const what = `${words[presents]}, ${connections} connections`
      return [
        row(`Requests/s ${what}, to without`, "at least 0.85 ×", times(without), without >= 0.85),
        row(`Requests/s ${what}, to Fastify's`, "above 1 ×", times(beside), beside > 1)
      ]
    })
  )
  const [calm, storm] = result.storm
  const moved = (storm?.summary.p99 ?? Number.NaN) / (calm?.summary.p99 ?? Number.NaN)
  return table(
    ["Aim", "wanted", "found", ""],
    [...requests, row("p99 of plays in a storm of sign-ins, to without", "at most 1.10 ×", times(moved), moved <= 1.1)]
  )
}

const requests = (result: Result) =>
  table(
    [
      "",
      "credential",
      "connections",
      "requests/s",
      "rounds",
      "× without",
      "p50 ms",
      "p99 ms",
      "CPU ms/request: service",
      "database"
    ],
    result.rows.map(({ connections, kind, presents, summary }) => [
      names[kind],
      words[presents],
      String(connections),
      whole(summary.perSecond),
      `${whole(summary.range[0])}–${whole(summary.range[1])}`,
      times(summary.perSecond / find(result, kind, "none", connections)),
      short(summary.p50),
      short(summary.p99),
      short(summary.service),
      short(summary.database)
    ]),
    2
  )

const storm = ({ storm: rows }: Result) =>
  table(
    ["Sign-ins under way", "answered/s", "refused/s", "plays/s", "p50 ms", "p99 ms", "p99.9 ms", "cores busy"],
    rows.map(({ perSecond, refusedPerSecond, signIns, summary }) => [
      String(signIns),
      short(perSecond),
      short(refusedPerSecond),
      whole(summary.perSecond),
      short(summary.p50),
      short(summary.p99),
      short(summary.p999),
      short(summary.cores)
    ]),
    0
  )

/** The text of ACCOUNTS.md. */
export const accountsPage = (
  result: Result,
  plan: Plan,
  postgres: string
): string => `# Accounts: what a credential costs

Written by \`npm run bench -- --accounts\` on ${new Date().toISOString().slice(0, 10)}. Do not edit: run it again.

${machine(postgres)}
| Peer | @fastify/session ${versionOf("@fastify/session")}, @fastify/bearer-auth ${versionOf("@fastify/bearer-auth")} |
| Rounds | ${plan.rounds} of ${plan.measureMs / 1000} s for every figure, after ${plan.warmUpMs / 1000} s of warm-up each, every other one backwards |

${aims(result, plan)}

## Requests with a credential

\`GET /api/v1/games/{slug}\` shows a game to anybody, and judges a credential where there is one. The key has another permission, so that the
answer is the same with it; the session's person also sees what is for staff. The peer is Fastify with the plug-ins that its users take
(\`bench/peers/accounts.ts\`), on the same database: a session in PostgreSQL, a key that is looked up; both find the account and its role
anew with each request, as Fairground does. Nothing is cached on either side.

${requests(result)}

## Plays in a storm of sign-ins

${whole(result.plays)} plays a second, a quarter of what the service bears on this machine, without and with 16 sign-ins under way at any moment
(right and wrong passwords in turn, each of which costs an Argon2id hash of 19 MiB).

${storm(result)}
`
