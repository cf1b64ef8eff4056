/** What the load generator is asked to do, and what it answers. Crosses a process boundary as JSON. */

/** Whom the plays are from: addresses drawn from all known ones, or every play a new one. */
export type Players =
  | { readonly kind: "returning"; readonly known: number }
  | { readonly kind: "new"; readonly from: number }

interface Common {
  readonly players: Players
  /** Draws the same addresses again. */
  readonly seed: number
  readonly warmUpMs: number
  readonly measureMs: number
}

export interface ClosedOrder extends Common {
  readonly type: "closed"
  readonly port: number
  readonly connections: number
}

export interface OpenOrder extends Common {
  readonly type: "open"
  readonly port: number
  readonly connections: number
  /** Plays a second. */
  readonly rate: number
}

/** The one statement of the peer, without a service. */
export interface DirectOrder extends Common {
  readonly type: "direct"
  readonly url: string
  readonly connections: number
}

/** Returning players, who are measured, beside new ones, who are not. */
export interface MixedOrder {
  readonly type: "mixed"
  readonly port: number
  readonly known: number
  readonly connections: number
  /** Plays of returning players a second; left out: as many as are answered. */
  readonly rate?: number
  readonly newFrom: number
  readonly newPerSecond: number
  readonly newConnections: number
  readonly seed: number
  readonly warmUpMs: number
  readonly measureMs: number
}

export type Order = ClosedOrder | OpenOrder | DirectOrder | MixedOrder

export interface Figures {
  /** Answered with success from the first to the last, warm-up included: what the database must hold afterwards. */
  readonly answered: number
  /** Answered with success within the measured time, and a second. */
  readonly plays: number
  readonly perSecond: number
  /** Of `answered`, those whose verdict did not come in time. */
  readonly unknown: number
  /** Milliseconds: closed loop from sending, open loop from the planned time of sending. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** Open loop: plays planned in the measured time and not answered by its end. They count in the percentiles as long as they had waited. */
  readonly late: number
  /** CPU time of the generator itself in the measured time, in milliseconds. */
  readonly cpuMs: number
  /** Of a mixed load, the players who are not measured; they are in `answered`. */
  readonly others?: {
    readonly answered: number
    readonly perSecond: number
    readonly unknown: number
    readonly p99: number
  }
}

/** `measuring` and `measured` mark the measured time; the last message is one of the other two. */
export type Note =
  | { readonly type: "measuring" }
  | { readonly type: "measured" }
  | { readonly type: "figures"; readonly figures: Figures }
  | { readonly type: "failed"; readonly message: string }
