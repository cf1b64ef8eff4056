import { Effect } from "effect"
import { databaseFaults } from "../faults/DatabaseFaults.ts"
import type { Fault } from "../faults/Fault.ts"
import { networkFaults } from "../faults/NetworkFaults.ts"
import { processFaults } from "../faults/ProcessFaults.ts"
import { fuzz } from "../fuzz/Fuzzing.ts"
import { addressMark } from "../fuzz/Values.ts"
import type { Acknowledged } from "../invariants/Plays.ts"
import { repeatPlays, send, startPlayers } from "../load/Players.ts"
import { startTasks } from "../load/Tasks.ts"
import type { Seeded } from "../random/Seeded.ts"
import { waitedFor } from "../target/Stat.ts"
import type { Trouble } from "../target/Troubles.ts"
import { type Arena, pause } from "./Arena.ts"
import type { AttackError } from "./AttackError.ts"
import { checkPlays } from "./Checks.ts"

/** How long after the last fault a replica may take to record plays again, in milliseconds. */
const longestRecovery = 30_000

const kinds = [processFaults, networkFaults, databaseFaults]

export interface Chosen {
  readonly fault: Fault
  readonly replica: number
}

/** One to three faults, each at another replica. The first replica is never killed, so that its memory can be judged. */
export const chooseFaults = (random: Seeded, replicas: number): ReadonlyArray<Chosen> => {
  const free = Array.from({ length: replicas }, (_, index) => index)
  const chosen: Array<Chosen> = []
  for (let count = random.pick([1, 1, 2, 3]); count > 0; count--) {
    const fault = random.pick(random.pick(kinds))
    const fitting = free.filter((index) => fault.needs === "any" || (fault.needs === "mortal" && index > 0))
    if (chosen.some((other) => other.fault.name === fault.name)) continue
    if (fault.needs === "none") chosen.push({ fault, replica: 0 })
    else if (fitting.length > 0) {
      const replica = random.pick(fitting)
      free.splice(free.indexOf(replica), 1)
      chosen.push({ fault, replica })
    }
  }
  return chosen
}

/** Plays at each replica until it records a play. Later than the bound is a finding. */
const recover = async (arena: Arena, round: number, step: string) => {
  const since = performance.now()
  const recovered = async (replica: number) => {
    const pid = arena.replicas[replica]?.serving()?.pid ?? 0
    const waited = waitedFor(pid)
    for (let number = 0; ; number++) {
      const email = `${addressMark}-recovery@players.example`
      const key = `recovery-${round}-${replica}-${number}`
      const answer = await send(arena, { game: "free", email, key }, replica, step)
      if (answer.status === 201) return
      const allowed = longestRecovery + arena.late.since(since) + (waitedFor(pid) - waited || 0)
      if (performance.now() - since > allowed) {
        return arena.findings.add({
          invariant: "recovery",
          step,
          what: `replica ${replica} answered ${answer.status} for ${Math.round(allowed)} ms after the faults`
        })
      }
      await pause(50)
    }
  }
  await Promise.all(arena.replicas.map(({ index }) => recovered(index)))
  arena.tally.count("invariants", "recovery")
}

const inflict = (
  arena: Arena,
  chosen: ReadonlyArray<Chosen>,
  random: Seeded,
  step: string,
  trouble: (trouble: Trouble) => void
) =>
  Effect.forEach(
    chosen,
    ({ fault, replica }) => {
      arena.tally.count("faults", fault.name)
      const choices = random.fork(fault.name)
      return Effect.andThen(
        Effect.sleep(choices.int(0, 500)),
        fault.inflict({ arena, random: choices, step, replica, trouble })
      )
    },
    { concurrency: "unbounded", discard: true }
  )

/**
 * One round: normal and odd clients, faults, recovery, a quiet period, and the checks of what was answered. Returns how much
 * was answered, and some of it.
 */
export const round = Effect.fnUntraced(function* (
  arena: Arena,
  seed: Seeded,
  number: number,
  cases: number,
  say: (line: string) => void
): Effect.fn.Return<{ readonly acknowledged: number; readonly sample: ReadonlyArray<Acknowledged> }, AttackError> {
  const random = seed.fork(`round ${number}`)
  const chosen = chooseFaults(random.fork("faults"), arena.replicas.length)
  const named = chosen
    .map(({ fault, replica }) => (fault.needs === "none" ? fault.name : `${fault.name} at ${replica}`))
    .join(" + ")
  const step = `round ${number} (${named})`
  say(step)
  const stopPlayers = startPlayers(arena, random.fork("plays"), number, 8)
  const stopTasks = startTasks(arena, random.fork("tasks"), number, 2)
  const fuzzing = fuzz(arena, random.fork("fuzz"), number, 4, cases)

  yield* Effect.promise(() => pause(300))
  const ends: Array<() => void> = []
  yield* inflict(arena, chosen, random, step, (trouble) => ends.push(arena.troubles.begin(trouble)))
  yield* Effect.promise(() => recover(arena, number, step))
  for (const end of ends) end()
  yield* Effect.promise(() => pause(1500))

  return yield* Effect.promise(async () => {
    await Promise.all([stopPlayers(), stopTasks(), fuzzing])
    const acknowledged = arena.promised.plays.splice(0)
    await checkPlays(arena, acknowledged, step)
    const keyed = acknowledged.filter(({ key }) => key !== undefined)
    const sample = keyed.length === 0 ? [] : Array.from({ length: 10 }, () => random.pick(keyed))
    await repeatPlays(arena, sample, random.fork("repetitions"), step)
    arena.tally.count("invariants", "same key, same answer")
    return { acknowledged: acknowledged.length, sample }
  })
})
