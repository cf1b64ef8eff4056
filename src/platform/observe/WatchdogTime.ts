/**
 * Judges by a heartbeat of the event loop, looked at from another thread every `interval` milliseconds, for how long the loop
 * has been blocked. Each look counts for at most two intervals: a machine that was suspended and a process that was stopped have
 * not been blocked, and neither has one whose threads all wait for a processor.
 */
export const makeBlockedTime = (interval: number) => {
  let before = Number.NaN
  let known = -1
  let blocked = 0
  /** `beats` is how often the loop has turned so far. Gives milliseconds. */
  return (now: number, beats: number): number => {
    blocked = beats === known ? blocked + Math.min(now - before, 2 * interval) : 0
    before = now
    known = beats
    return blocked
  }
}
