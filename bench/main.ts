import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Accounts from "./run/Accounts.ts"
import { accountsPage } from "./run/AccountsPage.ts"
import * as Beside from "./run/Beside.ts"
import * as Closed from "./run/Closed.ts"
import * as Cluster from "./run/Cluster.ts"
import * as Counting from "./run/Counting.ts"
import { countingPage } from "./run/CountingPage.ts"
import * as Esp from "./run/Esp.ts"
import { espPage } from "./run/EspPage.ts"
import * as Growth from "./run/Growth.ts"
import * as Load from "./run/Load.ts"
import * as Open from "./run/Open.ts"
import * as Options from "./run/Options.ts"
import { page } from "./run/Page.ts"
import * as Pairs from "./run/Pairs.ts"
import { pairsTable } from "./run/PairsTable.ts"
import { planFor } from "./run/Plan.ts"
import { report } from "./run/Report.ts"
import * as Tasks from "./run/Tasks.ts"
import { tasksPage } from "./run/TasksPage.ts"
import * as Web from "./run/Web.ts"
import { webPage } from "./run/WebPage.ts"

type Say = (line: string) => Effect.Effect<void>

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const results = fileOf("RESULTS.md")

/** Prints a page, and saves it unless this was a smoke run. */
const publish = Effect.fnUntraced(function* (name: string, text: string, options: Options.Options, say: Say) {
  yield* Console.log(text)
  if (options.size === "quick") return yield* say("Done; not written")
  writeFileSync(fileOf(name), text)
  yield* say(`Written to ${fileOf(name)}`)
})

const espBench = Effect.fnUntraced(function* (options: Options.Options, cluster: Cluster.Cluster, say: Say) {
  const plan = Esp.planFor(options.size)
  const load = yield* Load.start(cluster)
  yield* publish("ESP.md", espPage(yield* Esp.run(cluster, load, plan, say), plan, cluster.version), options, say)
})

const tasksBench = Effect.fnUntraced(function* (options: Options.Options, cluster: Cluster.Cluster, say: Say) {
  const plan = Tasks.planFor(options.size)
  yield* publish("TASKS.md", tasksPage(yield* Tasks.run(cluster, plan, say), plan, cluster.version), options, say)
})

const accountsBench = Effect.fnUntraced(function* (options: Options.Options, cluster: Cluster.Cluster, say: Say) {
  const plan = Accounts.planFor(options.size)
  const load = yield* Load.start(cluster)
  const result = yield* Accounts.run(cluster, load, plan, say)
  yield* publish("ACCOUNTS.md", accountsPage(result, plan, cluster.version), options, say)
})

const besideBench = Effect.fnUntraced(function* (options: Options.Options, cluster: Cluster.Cluster, say: Say) {
  const load = yield* Load.start(cluster)
  const rows = yield* Beside.run(cluster, load, options.folder, Pairs.planFor(options.size), say)
  yield* Console.log(pairsTable(rows, "before", "after"))
})

const statisticsBench = Effect.fnUntraced(function* (options: Options.Options, cluster: Cluster.Cluster, say: Say) {
  const plan = Counting.planFor(options.size)
  const load = yield* Load.start(cluster)
  const result = yield* Counting.run(cluster, load, plan, say)
  yield* publish("STATISTICS.md", countingPage(result, plan, cluster.version), options, say)
})

const webBench = Effect.fnUntraced(function* (options: Options.Options, cluster: Cluster.Cluster, say: Say) {
  const plan = Web.planFor(options.size)
  const load = yield* Load.start(cluster)
  const result = yield* Web.run(cluster, load, plan, say)
  yield* publish("WEB.md", webPage(result, plan, cluster.version), options, say)
})

const bench = Effect.fnUntraced(function* (options: Options.Options) {
  const plan = planFor(options.size)
  const started = performance.now()
  const say = (line: string) =>
    Console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`)
  const wanted = (name: Options.Scenario) => options.only === undefined || options.only === name

  yield* say("Starting PostgreSQL")
  const cluster = yield* Cluster.start(options.subject === "tasks" ? Tasks.serverSettings : {})
  if (options.subject === "tasks") return yield* tasksBench(options, cluster, say)
  if (options.subject === "esp") return yield* espBench(options, cluster, say)
  if (options.subject === "accounts") return yield* accountsBench(options, cluster, say)
  if (options.subject === "beside") return yield* besideBench(options, cluster, say)
  if (options.subject === "web") return yield* webBench(options, cluster, say)
  if (options.subject === "statistics") return yield* statisticsBench(options, cluster, say)
  const load = yield* Load.start(cluster)
  // Each scenario's services stop when it ends: otherwise they would take memory, and sometimes CPU, from the next one.
  const closed = wanted("closed") ? yield* Effect.scoped(Closed.run(cluster, load, plan, say)) : undefined
  const open = wanted("open") ? yield* Effect.scoped(Open.run(cluster, load, plan, closed, say)) : undefined
  const growth = wanted("growth") ? yield* Effect.scoped(Growth.run(cluster, load, plan, say)) : undefined

  const found = { closed, open, growth }
  yield* Console.log(report(found))
  if (options.only === undefined && options.size !== "quick") {
    writeFileSync(results, page(found, plan, cluster.version))
    yield* say(`Written to ${results}`)
  } else yield* say("Done; not written")
})

const options = Options.parse(process.argv.slice(2))

if (options === undefined) {
  const asked = process.argv.slice(2).includes("--help")
  ;(asked ? console.log : console.error)(Options.help)
  process.exitCode = asked ? 0 : 2
} else {
  Effect.scoped(bench(options)).pipe(
    Effect.tapError(({ message }) => Console.error(`The bench has failed: ${message}`)),
    NodeRuntime.runMain({ disableErrorReporting: true })
  )
}
