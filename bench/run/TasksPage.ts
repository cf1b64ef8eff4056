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

- Figures are medians of several rounds. The contenders take turns in each round, in reverse order in every second one. \`rounds\` shows the
  lowest and the highest figure. Load, replicas and database share the machine, so the figures are only comparable with each other.
- Both do the same: write a row of \`task\` and its place in the queue in one commit, set the row to \`running\`, then write its content,
  \`succeeded\` and \`finished_at\`. The task itself does nothing. Each has its own databases on one PostgreSQL server with its durable defaults;
  a checkpoint precedes each round. Each replica with workers runs ${workers} tasks at once.
- Fairground is the whole service, including plays, contacts and HTTP, with changed settings \`WORKERS\` and \`TASK_LEASE\`. \`Tasks.submit\`
  submits the tasks in the process.
- pg-boss (\`bench/peers/pgboss.ts\`) runs alone in its process, with LISTEN/NOTIFY and 8 pollers that fetch 4 jobs each and continue at once
  while there are more. One statement writes the \`task\` rows of a batch. Each task is submitted in its own transaction, as by a request; a
  program that submits many at once could use fewer.
- Statements are counted by \`pg_stat_statements\`, which costs both the same.

## Aims

${aims(result)}

## Throughput

${whole(plan.flood)} tasks, submitted by 64 clients in each process while the workers run, measured until the last task has ended.

${throughput(result)}

## From hand-in to start

${plan.perSecond} tasks per second at planned times. Measured from the call that submits a task to the first line of its work. That line runs before the
row becomes \`running\` in pg-boss, and after it in Fairground. Over the tasks of all rounds.

${starts(result)}

## At rest

Two replicas with nothing to do. The figures are per replica and include BEGIN and COMMIT.

${idle(result)}

## kill -9

Two replicas run tasks of 400 ms that are submitted at one of them; the other one is killed in the middle. Both consider a replica dead
after ${leaseSeconds} seconds without a heartbeat (Fairground's default is 20); pg-boss checks every 5 seconds.

${recovery(result)}
`
