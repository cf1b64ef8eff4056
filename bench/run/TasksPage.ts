import { machine, versionOf } from "./Page.ts"
import { percent, short, table, times, whole } from "./Table.ts"
import { type Kind, leaseSeconds, names, workers } from "./TaskContender.ts"
import type { Plan, Result } from "./Tasks.ts"

const found = <A extends { readonly kind: Kind }>(rows: ReadonlyArray<A>, kind: Kind, is: (row: A) => boolean) =>
  rows.find((row) => row.kind === kind && is(row))

const aims = (result: Result) => {
  const row = (aim: string, wanted: string, text: string, isMet: boolean) => [
    aim,
    wanted,
    text,
    isMet ? "met" : "missed"
  ]
  const faster = [1, 2].map((processes) => {
    const rate = (kind: Kind) =>
      found(result.throughput, kind, (one) => one.processes === processes)?.perSecond ?? Number.NaN
    const ratio = rate("fairground") / rate("pgboss")
    const aim = `Tasks/s to pg-boss, ${processes} ${processes === 1 ? "process" : "processes"}`
    return row(aim, "at least 2 ×", times(ratio), ratio >= 2)
  })
  const other = found(result.starts, "fairground", ({ where }) => where === "other")?.p50 ?? Number.NaN
  const rest = found(result.idle, "fairground", () => true)?.statements ?? Number.NaN
  return table(
    ["Aim", "wanted", "found", ""],
    [
      ...faster,
      row("Start at another replica, p50", "below 20 ms", `${short(other)} ms`, other < 20),
      row("Statements a second of a replica at rest", "below 10", short(rest), rest < 10)
    ]
  )
}

const throughput = ({ throughput: rows }: Result) =>
  table(
    [
      "",
      "processes",
      "tasks/s",
      "rounds",
      "statements a task",
      "with BEGIN, COMMIT",
      "CPU ms/task: service",
      "database"
    ],
    rows.map((row) => [
      names[row.kind],
      whole(row.processes),
      whole(row.perSecond),
      `${whole(row.range[0])}–${whole(row.range[1])}`,
      short(row.statements),
      short(row.all),
      short(row.service),
      short(row.database)
    ])
  )

const starts = ({ starts: rows }: Result) =>
  table(
    ["", "handed in at", "p50 ms", "p99 ms"],
    rows.map(({ kind, p50, p99, where }) => [
      names[kind],
      where === "same" ? "the replica that works" : "one without workers",
      short(p50),
      short(p99)
    ]),
    2
  )

const idle = ({ idle: rows }: Result) =>
  table(
    ["", "statements/s", "CPU: replica", "CPU: database", "connections", "MB"],
    rows.map((row) => [
      names[row.kind],
      short(row.statements),
      percent(row.service),
      percent(row.database),
      whole(row.connections),
      whole(row.memory)
    ])
  )

const recovery = ({ recovery: rows }: Result) =>
  table(
    ["", "tasks", "seconds from the kill to the last end", "rounds", "attempts repeated", "not finished"],
    rows.map((row) => [
      names[row.kind],
      whole(row.tasks),
      short(row.seconds),
      `${short(row.range[0])}–${short(row.range[1])}`,
      whole(row.repeats),
      whole(row.unfinished)
    ])
  )

/** The text of TASKS.md. */
export const tasksPage = (result: Result, plan: Plan, postgres: string): string => `# Results of tasks

Written by \`npm run bench -- --tasks\` on ${new Date().toISOString().slice(0, 10)}. Do not edit: run it again.

${machine(postgres)}
| Peer | pg-boss ${versionOf("pg-boss")} |
| Rounds | ${plan.rounds}; of recovery ${plan.recoveries}; at rest, one of ${plan.idleSeconds} s |

How to read it:

- Figures are medians of rounds; in a round the contenders take turns, the other way round in every second one. \`rounds\` shows the least and
  the most. Load, replicas and database share the machine, so that figures compare with each other and promise little else.
- Both do the same work: a row of \`task\` and its place in the queue in one commit, the row \`running\`, then its content, \`succeeded\` and
  \`finished_at\`. The work itself is nothing. Each has databases of its own in one PostgreSQL with its durable defaults; a checkpoint
  precedes each round. Each replica with workers runs ${workers} tasks at once.
- Fairground is the whole service, plays, contacts and HTTP included; only its settings \`WORKERS\` and \`TASK_LEASE\` are changed. Tasks are
  handed in by \`Tasks.submit\`, in the process.
- pg-boss (\`bench/peers/pgboss.ts\`) is a process with nothing else, on LISTEN/NOTIFY, with 8 pollers that take 4 jobs each and go on at once
  while there are more. A batch's rows of \`task\` are written by one statement. A task is handed in by a transaction of its own, as a request
  would; a program that has many to hand in at once can do that with fewer.
- Statements are those that \`pg_stat_statements\` counts, which costs both the same.

## Aims

${aims(result)}

## Throughput

${whole(plan.flood)} tasks, handed in by 64 clients in each process while the workers work, until the last has ended.

${throughput(result)}

## From hand-in to start

${plan.perSecond} tasks a second at planned times. From the call that hands a task in to the first line of its work; with pg-boss that is before its row
becomes \`running\`, here after. Of the tasks of all rounds together.

${starts(result)}

## At rest

Two replicas with nothing to do; figures are of one, BEGIN and COMMIT counted.

${idle(result)}

## kill -9

Two replicas, and tasks that take 400 ms, handed in at one of them; the other is killed in the middle. Both take a replica for dead
after ${leaseSeconds} seconds without a sign of life (here by default after 20), which pg-boss looks for every 5.

${recovery(result)}
`
