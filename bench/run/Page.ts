import { readFileSync } from "node:fs"
import { arch, cpus, platform, totalmem } from "node:os"
import { report, type Results } from "./Report.ts"
import type { Plan } from "./Plan.ts"

/** The version of an installed package. Read from the file, because a package need not export its manifest. */
export const versionOf = (name: string): string => {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version
}

/** The machine and software of the measurement, as rows of a table. */
export const machine = (postgres: string): string => `| | |
| --- | --- |
| Machine | ${cpus().length} cores, ${cpus()[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 1e9)} GB of memory, ${platform()} ${arch()} |
| Versions | Node ${process.versions.node}, effect ${versionOf("effect")}, PostgreSQL ${postgres}, fastify ${versionOf("fastify")}, pg ${versionOf("pg")} |`

/** The text of RESULTS.md: what is measured, on what, and the tables. */
export const page = (results: Results, plan: Plan, postgres: string): string => `# Results

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}. Do not edit: run it again.

${machine(postgres)}
| Rounds | ${plan.rounds} of ${plan.measureMs / 1000} s for every figure, after ${plan.warmUpMs / 1000} s of warm-up each; open loop ${plan.openMs / 1000} s |

How to read it:

- Figures are medians of several rounds. The contenders take turns in each round. \`rounds\` shows the slowest and the fastest round.
- All use one PostgreSQL server with its durable defaults (\`fsync\`, \`synchronous_commit\` and \`full_page_writes\` on), each with its own
  database. A checkpoint precedes each measurement. All answer only after the commit.
- The peers (\`bench/peers/\`) are Fastify with \`pg\`: same tables, same rules for addresses, same limits and idempotency, same answers
  (checked by \`test/bench/peers.integration.test.ts\`), a pool of 20. One uses a transaction of a few statements per play; it is measured
  with unprepared statements, the default of \`pg\`, and with prepared ones. The other uses a single prepared statement per play.
- Load generator, service and database share the machine. The generator is a separate process that uses keep-alive connections on raw
  sockets. It checks every answer, and after each measurement the database must hold exactly the plays that were answered.
- CPU is user and system time during the measurement. \`cores busy\` is the sum over all three processes: near ${cpus().length} the machine is
  saturated, and only cheaper plays would give more of them.
- Fairground runs with its defaults, except that rate limits are off and \`ESP_CONCURRENCY=1024\` keeps it from leaving new contacts to the
  background.

${report(results)}`
