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

- Figures are medians of rounds; in a round the contenders take turns. \`rounds\` shows the slowest and the fastest.
- All use one PostgreSQL with its durable defaults (\`fsync\`, \`synchronous_commit\` and \`full_page_writes\` on), each a database of its own.
  A checkpoint is made before each measurement. Nothing is answered before it is committed, by any of them.
- The peers (\`bench/peers/\`) are Fastify with \`pg\`: same tables, same rules for addresses, same limits and idempotency, same answers
  (held by \`test/bench/peers.integration.test.ts\`), a pool of 20. One takes a transaction of a few statements a play, as \`pg\` sends them
  unless told otherwise, and once more with all of them prepared; the other takes a single statement a play, prepared.
- Load, service and database share the machine. The load comes from a process of its own, over keep-alive connections on raw sockets; it checks
  every answer, and after each measurement the database must hold exactly as many more plays as were answered.
- CPU is user and system time in the measured time; \`cores busy\` is that of all three processes together: near ${cpus().length} the machine has
  nothing left, and a cheaper play is the only way to more plays.
- Fairground runs with its defaults, without rate limits, and with \`ESP_CONCURRENCY=1024\`, so that it leaves no new contact to the background.

${report(results)}`
