import { randomInt } from "node:crypto"
import { parseArgs } from "node:util"

export interface Options {
  readonly seed: number
  /** The first round. A failed round can be repeated alone. */
  readonly from: number
  /** The maximum number of rounds. */
  readonly rounds: number
  /** The maximum time in milliseconds. A round that has begun is finished. */
  readonly millis: number
  /** How many odd requests each of the four fuzzers sends in a round. */
  readonly cases: number
}

const mostMinutes = 24 * 60
const mostRounds = 100_000

export const help = `npm run attack [-- options]

Attacks three replicas of the service on a PostgreSQL of its own, all on this machine: processes are killed and stopped, the database
and the ways to it fail, and odd requests are sent, while honest clients play and hand in tasks. Holds what was answered against
the contract and the database, and ends with 1 when a promise was broken. Says a seed, by which a run can be had again.

  --seed <n>       the choices of that run; left out: new ones
  --from <n>       begin with this round (1)
  --rounds <n>     at most so many rounds, up to ${mostRounds}
  --minutes <n>    at most so long, up to ${mostMinutes} (5, unless --rounds is given)
  --cases <n>      odd requests of each of the four fuzzers in a round (60)
  --help           this text
`

const within = (text: string | undefined, otherwise: number, from: number, to: number): number | undefined => {
  if (text === undefined) return otherwise
  const value = Number(text)
  return /^\d+(?:\.\d+)?$/.test(text) && value >= from && value <= to ? value : undefined
}

/** Undefined if the arguments are invalid or ask for help. */
export const parse = (args: ReadonlyArray<string>): Options | undefined => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        ["seed", "from", "rounds", "minutes", "cases"].map((name) => [name, { type: "string" as const }])
      )
    })
    const text = (name: string) => {
      const value = values[name]
      return typeof value === "string" ? value : undefined
    }
    const seed = within(text("seed"), randomInt(1, 2 ** 31), 0, 2 ** 32)
    const from = within(text("from"), 1, 1, mostRounds)
    const rounds = within(text("rounds"), mostRounds, 1, mostRounds)
    const minutes = within(text("minutes"), text("rounds") === undefined ? 5 : mostMinutes, 0.1, mostMinutes)
    const cases = within(text("cases"), 60, 0, 10_000)
    if (
      seed === undefined ||
      from === undefined ||
      rounds === undefined ||
      minutes === undefined ||
      cases === undefined
    )
      return undefined
    return { seed, from, rounds, millis: minutes * 60_000, cases }
  } catch {
    return undefined
  }
}
