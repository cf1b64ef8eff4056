import { createHash } from "node:crypto"

/** A random generator: the same seed gives the same choices. */
export interface Seeded {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly next: () => number
  /** An integer, both bounds included. */
  readonly int: (from: number, to: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(among: ReadonlyArray<A>) => A
  /** An independent generator by name, unaffected by what was drawn here before. */
  readonly fork: (name: string | number) => Seeded
}

/** Mulberry32: small, fast, and random enough for choices. */
const mulberry = (start: number) => {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const seeded = (name: string | number): Seeded => {
  const next = mulberry(createHash("sha256").update(String(name)).digest().readInt32LE())
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (among) => {
      const found = among[int(0, among.length - 1)]
      if (found === undefined) throw new Error("There is nothing to pick from.")
      return found
    },
    fork: (other) => seeded(`${name}/${other}`)
  }
}
