/** A fixed window of `limit` calls, as a stand-in counts them by its clock. */
export const fixedWindow = (limit: number, millis: number, now: () => number) => {
  let start = Number.NEGATIVE_INFINITY
  let used = 0
  return {
    /** Counts a call. Returns whether it is within the limit, how many are left, and the seconds until the next window. */
    take: (): { readonly isWithin: boolean; readonly remaining: number; readonly reset: number } => {
      const time = now()
      if (time - start >= millis) {
        start = time
        used = 0
      }
      const isWithin = used < limit
      if (isWithin) used++
      return { isWithin, remaining: limit - used, reset: Math.max(1, Math.ceil((start + millis - time) / 1000)) }
    }
  }
}
