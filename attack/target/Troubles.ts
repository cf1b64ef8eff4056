/** A time in which a replica need not do what it promises. */
export interface Trouble {
  /** Undefined: all of them. */
  readonly replica: number | undefined
  /** `database`: it may answer 503. `process`: it may not answer at all. */
  readonly of: "database" | "process"
  /** Only plays of this player are concerned. */
  readonly email?: string
}

export interface Troubles {
  /** Begins one; what is given back ends it. */
  readonly begin: (trouble: Trouble) => () => void
  /** Whether one that concerns this overlapped the time from `from` on, on the clock of `performance.now()`. */
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

// Nothing asks for longer than this.
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
          // A process that dies takes its 503 with it.
          (one.of === "process" || one.of === of)
      )
  }
}
