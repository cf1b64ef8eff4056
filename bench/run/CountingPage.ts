import type * as Counting from "./Counting.ts"
import { machine } from "./Page.ts"
import { pairsTable } from "./PairsTable.ts"
import { short, table, whole } from "./Table.ts"

const statementsTable = ({ statements }: Counting.Result) =>
  table(
    ["plays in a batch", "µs/play without", "with", "more"],
    statements.map((row) => [
      whole(row.size),
      row.without.toFixed(1),
      row.with.toFixed(1),
      (row.with - row.without).toFixed(1)
    ]),
    0
  )

const readsTable = ({ reads }: Counting.Result) =>
  table(
    ["request", "periods", "median ms", "worst ms"],
    reads.map((row) => [`\`${row.path}\``, whole(row.periods), short(row.median), short(row.worst)])
  )

/** The text of STATISTICS.md. */
export const countingPage = (result: Counting.Result, plan: Counting.Plan, postgres: string): string => `# Statistics

Written by \`npm run bench -- --statistics\` on ${new Date().toISOString().slice(0, 10)}. Do not edit: run it again.

${machine(postgres)}
| Rounds | ${plan.rounds} of ${plan.measureMs / 1000} s for every figure, after ${plan.warmUpMs / 1000} s of warm-up each; plays: new processes for each round |

What the module \`statistics\` costs, and how fast it answers.

## Recording plays

The service with \`MODULES=none\` and with \`MODULES=statistics\`, in one run: they take turns, and change their order with each round. The
second one counts all plays and verdicts, and adds the differences up in its background. Figures are medians; each \`change\` is the median over
the pairs of neighbours. CPU is that of service and database together. The aim: at most 3 % slower.

${pairsTable(result.rows, "without", "with")}

## The statement alone

CPU time of the database's session for one play of a known player, without a service, in turns without and with the part of statistics: the
least of ${plan.statementRounds} rounds.

${statementsTable(result)}

## Reading

A year of ${plan.games} games in quarters of an hour, seeded as rows of the statistics; \`year-1\` has 100 million plays. Each request is sent
${plan.reads} times to the service, with a key.

${readsTable(result)}
`
