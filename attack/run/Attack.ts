import { Effect, Redacted, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as Sandbox from "../../src/tasks/integrations/Sandbox.ts"
import * as Service from "../../test/support/service/Service.ts"
import { addressMark } from "../fuzz/Values.ts"
import type { Acknowledged } from "../invariants/Plays.ts"
import { deafFaults, deafness, logFaults, memoryFaults } from "../invariants/Processes.ts"
import { addGames, fuzzedGame } from "../load/Games.ts"
import { repeatPlays, send } from "../load/Players.ts"
import { submit } from "../load/Tasks.ts"
import { seeded } from "../random/Seeded.ts"
import * as Database from "../target/Database.ts"
import { lateness } from "../target/Lateness.ts"
import { probe, type Sample } from "../target/Prober.ts"
import * as Replica from "../target/Replica.ts"
import { processesWith } from "../target/Stat.ts"
import { troubles } from "../target/Troubles.ts"
import type { Arena } from "./Arena.ts"
import type { AttackError } from "./AttackError.ts"
import { checkCounts, checkTasks } from "./Checks.ts"
import { findings, type Finding } from "./Findings.ts"
import type { Options } from "./Options.ts"
import { round } from "./Round.ts"
import { tally, type Tally } from "./Tally.ts"

/** The result of a run. */
export interface Outcome {
  readonly findings: ReadonlyArray<Finding>
  readonly tally: Tally
  readonly rounds: number
  readonly plays: number
  readonly tasks: number
  readonly endsSeen: number
  /** The longest time that an event loop was unresponsive through its own work, in milliseconds, and the number of probes. */
  readonly deafest: number
  readonly probes: number
  /** The peak memory of a replica, in MB (10^6 bytes). */
  readonly peakMegabytes: number
  readonly postgres: string
}

type Say = (line: string) => void

const replicaCount = 3
const repeatedAtEnd = 300

/** More findings would not help anyone. */
const mostFindings = 500

/** What no log may contain: the secrets of the replicas and the players' addresses. */
const secretsOf = (run: string, databaseUrl: string): Readonly<Record<string, string>> => ({
  "the password of the database": new URL(databaseUrl).password,
  "the key of an integration": `bearer-${run}`,
  "an address": addressMark
})

const attacked = Effect.fnUntraced(function* (
  options: Options,
  run: string,
  say: Say
): Effect.fn.Return<Outcome, AttackError, Scope.Scope> {
  const seed = seeded(options.seed)
  const found = findings(say)
  const counts = tally()
  const setUp = "the set-up"
  say("Starting PostgreSQL and three replicas")
  const database = yield* Database.start
  yield* Effect.promise(() => addGames(database))
  const cards = yield* Sandbox.start({ slow: "1 second" })
  const secrets = secretsOf(run, Redacted.value(database.url))
  const env = {
    ATTACK_RUN: run,
    ATTACK_CARDS_KEY: `bearer-${run}`,
    TRUTH_OR_DARE_RUNNER: "http",
    TASK_INTEGRATIONS: JSON.stringify({
      "truth-or-dare": { url: cards, mode: "callback", allowPrivate: true, bearer: { env: "ATTACK_CARDS_KEY" } }
    })
  }
  const onEnd = ({ how, isUnasked, log, replica }: Replica.Ended) => {
    counts.count("invariants", "nothing secret in logs")
    for (const what of logFaults(log, secrets))
      found.add({ invariant: "logs", step: `the log of replica ${replica}`, what })
    if (isUnasked) {
      found.add({
        invariant: "died",
        step: `replica ${replica}`,
        what: `it ended by itself (${how})`,
        transcript: log.slice(-3000)
      })
    }
  }
  const replicas = yield* Effect.forEach(
    Array.from({ length: replicaCount }, (_, index) => index),
    (index) => Replica.start(index, database.url, env, onEnd),
    { concurrency: "unbounded" }
  )
  const late = yield* lateness
  const base = {
    database,
    replicas,
    client: yield* Service.client(64, 30_000),
    troubles: troubles(),
    late,
    findings: found,
    tally: counts,
    promised: { plays: [], tasks: [], ends: new Map() }
  }
  const bare: Arena = { ...base, known: { slug: fuzzedGame, play: "", tasks: [] } }
  const first = yield* Effect.promise(() =>
    send(bare, { game: "free", email: `${addressMark}-0@players.example`, key: undefined }, 0, setUp)
  )
  const tasks = yield* Effect.promise(async () => {
    const ids: Array<string> = []
    for (let number = 0; number < 5; number++) {
      const id = await submit(bare, seed.fork(`known ${number}`), `known-${number}`, setUp)
      if (id !== undefined) ids.push(id)
    }
    return ids
  })
  const arena: Arena = { ...base, known: { slug: fuzzedGame, play: String(first.body["id"]), tasks } }

  let deafest = 0
  let probes = 0
  const samples: Array<Sample> = []
  let step = setUp
  yield* probe(
    replicas,
    late,
    (one) => {
      probes++
      deafest = Math.max(deafest, deafness(one))
      const [what] = deafFaults(one)
      if (what === undefined) return
      const log = replicas[one.replica]?.log() ?? ""
      const blocked = log.split("\n").filter((line) => line.includes("event loop"))
      found.add({ invariant: "deaf", step, what, transcript: blocked.slice(-5).join("\n") })
    },
    (sample) => samples.push(sample)
  )

  const until = performance.now() + options.millis
  const kept: Array<Acknowledged> = []
  let rounds = 0
  let plays = 0
  while (rounds < options.rounds && performance.now() < until && found.all.length < mostFindings) {
    const number = options.from + rounds++
    step = `round ${number}`
    const done = yield* round(arena, seed, number, options.cases, say)
    plays += done.acknowledged
    kept.push(...done.sample)
  }

  step = "the end"
  say("Checking all that is stored")
  yield* Effect.promise(async () => {
    const choices = seed.fork("the end")
    const again = Array.from({ length: Math.min(repeatedAtEnd, kept.length) }, () => choices.pick(kept))
    await repeatPlays(arena, again, choices, step)
    await checkCounts(arena, step)
    await checkTasks(arena, step)
  })
  counts.count("invariants", "memory bounded")
  for (const what of memoryFaults(samples)) found.add({ invariant: "memory", step, what })
  return {
    findings: found.all,
    tally: counts,
    rounds,
    plays,
    tasks: arena.promised.tasks.length,
    endsSeen: arena.promised.ends.size,
    deafest,
    probes,
    peakMegabytes: Math.max(0, ...samples.map(({ megabytes }) => megabytes)),
    postgres: database.version
  }
})

/** Runs the attack and reports the findings. Checks at the end that everything it started is gone. */
export const attack = Effect.fnUntraced(function* (options: Options, say: Say): Effect.fn.Return<Outcome, AttackError> {
  const run = randomUUID()
  const outcome = yield* Effect.scoped(attacked(options, run, say))
  const left = processesWith(`ATTACK_RUN=${run}`)
  outcome.tally.count("invariants", "no orphans")
  if (left.length === 0) return outcome
  const finding = { invariant: "orphans", step: "the end", what: `the processes ${left.join(", ")} were left behind` }
  say(`FOUND (orphans): ${finding.what}`)
  return { ...outcome, findings: [...outcome.findings, finding] }
})
