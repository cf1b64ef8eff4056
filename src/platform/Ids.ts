import { Clock, Effect } from "effect"
import { randomFillSync } from "node:crypto"

const pool = new Uint8Array(4096)
let used = pool.length

const timeOf = (milliseconds: number): string => {
  const time = milliseconds.toString(16).padStart(12, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}`
}

/** A UUID v7 (RFC 9562 section 5.7): the time in milliseconds since 1970, then 74 random bits. */
export const uuidV7At = (milliseconds: number): string => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = Buffer.from(pool.buffer, used, 16).toString("hex")
  used += 16
  const variant = ((Number.parseInt(random.charAt(3), 16) & 0x3) | 0x8).toString(16)
  return `${timeOf(milliseconds)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}

/** A UUID v7 of now. */
export const newUuid: Effect.Effect<string> = Effect.map(Clock.currentTimeMillis, uuidV7At)

/** A bound below every UUID v7 of this moment, in milliseconds since 1970, or later. Before 1970 it is the nil UUID. */
export const leastUuidAt = (milliseconds: number): string =>
  `${timeOf(Math.max(0, milliseconds))}-0000-0000-000000000000`

/** A bound above every UUID v7 of this moment, in milliseconds since 1970, or earlier. */
export const greatestUuidAt = (milliseconds: number): string => `${timeOf(milliseconds)}-ffff-ffff-ffffffffffff`

/** The bounds of all UUIDs (RFC 9562 sections 5.9 and 5.10), for a walk through a table by its ids. */
export const nilUuid = "00000000-0000-0000-0000-000000000000"
export const maxUuid = "ffffffff-ffff-ffff-ffff-ffffffffffff"
