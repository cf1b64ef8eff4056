/**
 * Computes how long the event loop has been blocked from its heartbeat, which another thread checks every `interval`
 * milliseconds. Each check adds two intervals at most: after a suspended machine, a stopped process or a lack of CPU time,
 * the loop was not blocked.
 */
export const makeBlockedTime = (interval: number) => {
  let before = Number.NaN
  let known = -1
  let blocked = 0
  /** `beats` is how often the loop has turned so far. Returns milliseconds. */
  return (now: number, beats: number): number => {
    blocked = beats === known ? blocked + Math.min(now - before, 2 * interval) : 0
    before = now
    known = beats
    return blocked
  }
}
