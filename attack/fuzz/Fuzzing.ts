import { judge, problemOf } from "../contract/Judge.ts"
import type { Seeded } from "../random/Seeded.ts"
import { type Arena, stoodStill } from "../run/Arena.ts"
import { exchange, type Exchanged } from "../wire/Exchange.ts"
import { type FuzzCase, fuzzCase, transcript } from "./Fuzzer.ts"

const says = (answer: Exchanged["answers"][number], name: string) => answer.headers.get(name)?.[0]

/** What went wrong on a connection, each with its `invariant` and text. */
const examine = (
  arena: Arena,
  replica: number,
  one: FuzzCase,
  got: Exchanged
): ReadonlyArray<readonly [string, string]> => {
  const faults: Array<readonly [string, string]> = []
  const isExcused = (of: "database" | "process") =>
    arena.troubles.excuses({ replica, of, from: got.startedAt }) || stoodStill(arena, got.startedAt)
  if (got.garbled !== undefined) faults.push(["contract", got.garbled])
  for (const [index, answer] of got.answers.entries()) {
    const asked = one.asked[index] ?? { method: "GET", operation: undefined, mustBeRefused: false }
    arena.tally.count(`fuzz ${one.kind}`, answer.status)
    for (const fault of judge(asked, answer)) faults.push(["contract", fault])
    if (answer.status === 503 && !isExcused("database")) faults.push(["503 without a fault", String(problemOf(answer))])
  }
  if (got.answers.length === 0) arena.tally.count(`fuzz ${one.kind}`, got.end === "left" ? "left" : "no answer")
  if (isExcused("process")) return faults
  const last = got.answers.at(-1)
  const isClosedInOrder = last !== undefined && says(last, "connection")?.toLowerCase() === "close"
  if (one.isComplete && !one.mayLast && got.answers.length < one.asked.length && !isClosedInOrder) {
    faults.push([
      "no answer",
      `${got.answers.length} of ${one.asked.length} requests were answered, and the connection was ${got.end}`
    ])
  }
  if (!one.isComplete && !one.mayLast && got.end === "impatient" && got.answers.length === 0) {
    faults.push(["held open", `nothing came, and the connection was open after ${one.patience} ms`])
  }
  return faults
}

const client = async (arena: Arena, random: Seeded, step: string, cases: number) => {
  for (let number = 0; number < cases; number++) {
    const choices = random.fork(number)
    const replica = choices.pick(arena.replicas)
    const one = fuzzCase(arena.known, choices)
    const got = await exchange(
      replica.port,
      one.steps,
      one.asked.map(({ method }) => method),
      one.patience
    )
    const at = `${step}, case ${number} (${one.kind}) at replica ${replica.index}`
    for (const [invariant, what] of examine(arena, replica.index, one, got)) {
      arena.findings.add({ invariant, what, step: at, transcript: transcript(one) })
    }
  }
}

/** Runs this many clients at once, each of which sends its odd requests in sequence. Resolves when all are answered. */
export const fuzz = async (
  arena: Arena,
  random: Seeded,
  round: number,
  clients: number,
  cases: number
): Promise<void> => {
  await Promise.all(
    Array.from({ length: clients }, (_, index) =>
      client(arena, random.fork(index), `round ${round}, fuzzer ${index}`, cases)
    )
  )
}
