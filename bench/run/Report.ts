import type { Players } from "../load/Order.ts"
import * as Closed from "./Closed.ts"
import type * as Growth from "./Growth.ts"
import type * as Open from "./Open.ts"
import { names } from "./Services.ts"
import type { Summary } from "./Statistics.ts"
import { percent, short, table, times, whole } from "./Table.ts"

export interface Results {
  readonly closed: Closed.Result | undefined
  readonly open: ReadonlyArray<Open.Row> | undefined
  readonly growth: ReadonlyArray<Growth.Row> | undefined
}

const nameOf = (who: Closed.Row["who"]) => (who === "direct" ? "That one statement, no service" : names[who])

const cpu = ({ cores, database, generator, service }: Summary) => [
  short(service),
  short(database),
  short(generator),
  short(cores)
]

const cpuHead = ["CPU ms/play: service", "database", "load", "cores busy"]

const closedTable = (closed: Closed.Result, players: Players["kind"]) => {
  const rows = closed.rows
    .filter((row) => row.players === players)
    .map(({ connections, summary, who }) => {
      const ordinary = Closed.find(closed, "ordinary", players, who === "direct" ? 32 : connections)
      return [
        nameOf(who),
        String(connections),
        whole(summary.perSecond),
        `${whole(summary.range[0])}–${whole(summary.range[1])}`,
        times(summary.perSecond / (ordinary?.perSecond ?? Number.NaN)),
        short(summary.p50),
        short(summary.p99),
        ...cpu(summary),
        ...(players === "new" ? [percent(summary.unknown)] : [])
      ]
    })
  const head = ["", "connections", "plays/s", "rounds", "× transaction", "p50 ms", "p99 ms", ...cpuHead]
  return table(players === "new" ? [...head, "verdict unknown"] : head, rows)
}

const openTable = (open: ReadonlyArray<Open.Row>) =>
  table(
    ["", "planned/s", "plays/s", "not answered at the end", "p50 ms", "p99 ms", "p99.9 ms", ...cpuHead],
    open.map(({ kind, rate, summary }) => [
      names[kind],
      whole(rate),
      whole(summary.perSecond),
      percent(summary.late),
      short(summary.p50),
      short(summary.p99),
      short(summary.p999),
      ...cpu(summary)
    ])
  )

const growthTable = (growth: ReadonlyArray<Growth.Row>) =>
  table(
    ["Known players", "plays/s", "rounds", "× fewest", "p50 ms", "p99 ms", ...cpuHead],
    growth.map(({ players, summary }) => [
      whole(players),
      whole(summary.perSecond),
      `${whole(summary.range[0])}–${whole(summary.range[1])}`,
      times(summary.perSecond / growth[0]!.summary.perSecond),
      short(summary.p50),
      short(summary.p99),
      ...cpu(summary)
    ])
  )

const memoryTable = (memory: ReadonlyArray<Closed.Memory>) =>
  table(
    ["", "plays", "MB at the start", "MB after them", "MB at most"],
    memory.map(({ after, before, kind, peak, plays }) => [
      names[kind],
      whole(plays),
      whole(before),
      whole(after),
      whole(peak)
    ])
  )

interface Aim {
  readonly what: string
  readonly wanted: string
  readonly found: number
  readonly text: string
  readonly met: boolean
}

const atLeast = (what: string, bound: number, found: number): Aim => ({
  what,
  wanted: `at least ${bound} ×`,
  found,
  text: times(found),
  met: found >= bound
})

const atMost = (what: string, bound: number, found: number, unit: string): Aim => ({
  what,
  wanted: `at most ${short(bound)} ${unit}`,
  found,
  text: `${short(found)} ${unit}`,
  met: found <= bound
})

const aimsOf = ({ closed, growth }: Results): ReadonlyArray<Aim> => {
  const aims: Array<Aim> = []
  if (closed !== undefined) {
    const rate = (who: Closed.Row["who"], players: Players["kind"], connections?: number) =>
      Closed.find(closed, who, players, connections)?.perSecond ?? Number.NaN
    const p99 = (who: Closed.Row["who"]) => Closed.find(closed, who, "returning", 32)?.p99 ?? Number.NaN
    const ratio = (players: Players["kind"], connections: number, to: Closed.Row["who"]) =>
      rate("fairground", players, connections) / rate(to, players, to === "direct" ? undefined : connections)
    aims.push(
      atLeast("32 connections, returning: Fairground to a transaction a play", 4, ratio("returning", 32, "ordinary")),
      atLeast("32 connections, new: the same", 4, ratio("new", 32, "ordinary")),
      atLeast("32 connections, returning: the same, statements prepared", 4, ratio("returning", 32, "prepared")),
      atLeast("32 connections, returning: to one statement without a service", 1, ratio("returning", 32, "direct")),
      atMost(
        "32 connections, returning: p99, to that of a transaction a play",
        p99("ordinary"),
        p99("fairground"),
        "ms"
      ),
      atLeast("1 connection, returning: Fairground to a statement a play", 0.8, ratio("returning", 1, "statement")),
      atLeast("1 connection, new: the same", 0.8, ratio("new", 1, "statement"))
    )
    const memory = closed.memory.find(({ kind }) => kind === "fairground")
    if (memory !== undefined) aims.push(atMost(`Memory after ${whole(memory.plays)} plays`, 300, memory.after, "MB"))
  }
  const [fewest] = growth ?? []
  const most = growth?.at(-1)
  if (fewest !== undefined && most !== undefined) {
    aims.push(
      atLeast(
        `${whole(most.players)} known players to ${whole(fewest.players)}`,
        0.8,
        most.summary.perSecond / fewest.summary.perSecond
      )
    )
  }
  return aims
}

const aimsTable = (results: Results) =>
  table(
    ["Aim", "wanted", "found", ""],
    aimsOf(results).map(({ found, met, text, wanted, what }) => [
      what,
      wanted,
      text,
      met ? "met" : Number.isFinite(found) ? "missed" : "not measured"
    ])
  )

/** The tables with their explanations. */
export const report = (results: Results): string => {
  const { closed, growth, open } = results
  const parts: Array<string> = []
  const add = (title: string, explanation: string, text: string) =>
    parts.push(`## ${title}\n\n${explanation}\n\n${text}\n`)
  add("Aims", "Ratios of medians.", aimsTable(results))
  if (closed !== undefined) {
    add(
      "Returning players",
      `Closed loop: every connection sends its next play when the previous one is answered. The addresses are drawn from ${whole(Closed.known)} that have played before.`,
      closedTable(closed, "returning")
    )
    add(
      "New players",
      "The same, but each play has a new address. Before the answer, the contact is registered at the sandbox ESP, which takes two more writes to the database.",
      closedTable(closed, "new")
    )
    add(
      "One commit a play",
      "The second peer's statement, run by `pg` clients without a service, with returning players: the maximum with one commit per play on this machine. The first table shows the best number of connections.",
      table(
        ["Connections", "plays/s"],
        closed.search.map(({ connections, perSecond }) => [String(connections), whole(perSecond)])
      )
    )
    add("Memory", "Resident memory of each service over all its plays above.", memoryTable(closed.memory))
  }
  if (open !== undefined) {
    add(
      "Open loop",
      "Plays are sent at planned times, and their latency counts from the planned time. Both services get half of Fairground's maximum rate, then half of the peer's maximum rate. The generator's timer adds up to a millisecond.",
      openTable(open)
    )
  }
  if (growth !== undefined) {
    add("Growth", "Returning players on 32 connections, drawn evenly from all known ones.", growthTable(growth))
  }
  return parts.join("\n")
}
