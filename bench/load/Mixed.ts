import * as Closed from "./Closed.ts"
import * as Open from "./Open.ts"
import type { Figures, MixedOrder, Note } from "./Order.ts"

const nothing = () => undefined

/**
 * Measures returning players while new ones play at a steady rate on connections of their own. A new player may wait for the
 * ESP, but must not delay a returning one.
 */
export const run = async (order: MixedOrder, tell: (note: Note) => void): Promise<Figures> => {
  const { known, measureMs, newConnections, newFrom, newPerSecond, port, rate, seed, warmUpMs } = order
  const common = { port, seed, warmUpMs, measureMs }
  const players = { kind: "returning", known } as const
  const { connections } = order
  const [returning, added] = await Promise.all([
    rate === undefined
      ? Closed.run({ ...common, type: "closed", players, connections }, tell)
      : Open.run({ ...common, type: "open", players, connections, rate }, tell),
    Open.run(
      {
        ...common,
        type: "open",
        players: { kind: "new", from: newFrom },
        connections: newConnections,
        rate: newPerSecond
      },
      nothing
    )
  ])
  return {
    ...returning,
    answered: returning.answered + added.answered,
    others: { answered: added.answered, perSecond: added.perSecond, unknown: added.unknown, p99: added.p99 }
  }
}
