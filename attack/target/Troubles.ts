/** A period in which a replica may break its promises. */
export interface Trouble {
  /** Undefined: all replicas. */
  readonly replica: number | undefined
  /** `database`: it may answer 503. `process`: it may not answer at all. */
  readonly of: "database" | "process"
  /** If given, only plays of this player are affected. */
  readonly email?: string
}

export interface Troubles {
  /** Begins a period. Calling the result ends it. */
  readonly begin: (trouble: Trouble) => () => void
  /** Whether a matching period overlapped the time since `from`, on the clock of `performance.now()`. */
  readonly excuses: (asked: {
    readonly replica: number
    readonly of: Trouble["of"]
    readonly from: number
    readonly email?: string | undefined
  }) => boolean
}

interface Noted extends Trouble {
  until: number
}

// No request takes longer than this.
const rememberedMillis = 10 * 60_000

export const troubles = (): Troubles => {
  let noted: Array<Noted> = []
  return {
    begin: (trouble) => {
      const one: Noted = { ...trouble, until: Number.POSITIVE_INFINITY }
      noted = [...noted.filter(({ until }) => until > performance.now() - rememberedMillis), one]
      return () => {
        one.until = Math.min(one.until, performance.now())
      }
    },
    excuses: ({ email, from, of, replica }) =>
      noted.some(
        (one) =>
          one.until >= from &&
          (one.replica === undefined || one.replica === replica) &&
          (one.email === undefined || one.email === email) &&
          // A dying process can lose its 503 as well.
          (one.of === "process" || one.of === of)
      )
  }
}
