/** The orders of the load generator and its reports. They cross a process boundary as JSON. */

/** The players of the plays: drawn from the known ones, or a new one for every play. */
export type Players =
  | { readonly kind: "returning"; readonly known: number }
  | { readonly kind: "new"; readonly from: number }

interface Common {
  readonly players: Players
  /** The same seed draws the same addresses. */
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
  /** Plays per second. */
  readonly rate: number
}

/** Runs the peer's one statement without a service. */
export interface DirectOrder extends Common {
  readonly type: "direct"
  readonly url: string
  readonly connections: number
}

/** Measures returning players while new ones, who are not measured, play too. */
export interface MixedOrder {
  readonly type: "mixed"
  readonly port: number
  readonly known: number
  readonly connections: number
  /** Plays of returning players per second. Left out: as many as are answered. */
  readonly rate?: number
  readonly newFrom: number
  readonly newPerSecond: number
  readonly newConnections: number
  readonly seed: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** One request that stores nothing, again and again. */
export interface ReadOrder {
  readonly type: "read"
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** What every answer must hold. */
  readonly holds: string
  readonly connections: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** One request for a file, again and again. Every answer must be as long as the first, so that it need not be looked at. */
export interface FetchOrder {
  readonly type: "fetch"
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** What every answer must have. */
  readonly status: number
  readonly connections: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** Measures plays of returning players while people sign in. */
export interface StormOrder {
  readonly type: "storm"
  readonly port: number
  readonly known: number
  /** Plays per second. */
  readonly rate: number
  /** How many sign-ins are under way at once; 0: none. */
  readonly signInConnections: number
  readonly email: string
  readonly password: string
  readonly seed: number
  readonly warmUpMs: number
  readonly measureMs: number
}

export type Order = ClosedOrder | OpenOrder | DirectOrder | MixedOrder | ReadOrder | FetchOrder | StormOrder

export interface Figures {
  /** Plays answered with success, including the warm-up. The database must hold as many afterwards. */
  readonly answered: number
  /** Plays per second answered with success within the measured time. */
  readonly plays: number
  readonly perSecond: number
  /** How many of `answered` had no verdict in time. */
  readonly unknown: number
  /** Milliseconds, in a closed loop from sending, in an open loop from the planned time. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /**
   * Open loop: plays planned within the measured time but unanswered at its end. The percentiles include the time they waited
   * so far.
   */
  readonly late: number
  /** CPU time of the generator during the measured time, in milliseconds. */
  readonly cpuMs: number
  /** In a storm of sign-ins: how many were answered with yes or no, and how many were refused because the service was busy. */
  readonly signIns?: { readonly perSecond: number; readonly refusedPerSecond: number }
  /** In a mixed load, the players who are not measured. They are included in `answered`. */
  readonly others?: {
    readonly answered: number
    readonly perSecond: number
    readonly unknown: number
    readonly p99: number
  }
}

/** `measuring` and `measured` mark the measured time. The last message is one of the other two. */
export type Note =
  | { readonly type: "measuring" }
  | { readonly type: "measured" }
  | { readonly type: "figures"; readonly figures: Figures }
  | { readonly type: "failed"; readonly message: string }
