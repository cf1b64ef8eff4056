import { createHash } from "node:crypto"

/**
 * The odds of `fairground-fair-1`: what a play draws is HMAC-SHA256 of the player's address and the number of the play, under the
 * game's seed. Nobody can choose it, because nobody chooses the number. The database computes it, since only it knows the number: it
 * gets the two pads of HMAC (RFC 2104), which are the seed in another form, as parameters.
 */

const protocol = Buffer.from("fairground-fair-1")
const block = 64

/** How many bytes a seed has. */
export const seedLength = 32

/** What HMAC hashes before the message, and before that hash. Whoever has these has the seed. */
export interface Pads {
  readonly inner: Uint8Array
  readonly outer: Uint8Array
}

const zero = Buffer.from([0])

/** `manifest`: the bytes of what is sealed with the seed. */
export const padsOf = (seed: Uint8Array, manifest: Uint8Array): Pads => {
  const key = Buffer.alloc(block)
  key.set(seed)
  const hash = createHash("sha256").update(manifest).digest()
  return {
    inner: Buffer.concat([key.map((byte) => byte ^ 0x36), protocol, zero, Buffer.from("odds"), zero, hash]),
    outer: key.map((byte) => byte ^ 0x5c)
  }
}

/** What a game without a sealed manifest is drawn by. The seed is the game's own, so that it needs to say no more. */
export const manifestOf = (slug: string): Uint8Array =>
  Buffer.from(`${JSON.stringify({ version: "fairground-fair-1", game: slug })}\n`)

/** The value of a play in SQL, from 0 to 2⁶³ − 1. `number` is an integer. */
export const valueSql = (value: {
  readonly inner: string
  readonly outer: string
  readonly emailKey: string
  readonly number: string
}): string => {
  const { emailKey, inner, number, outer } = value
  const message = `${inner} || convert_to(${emailKey}, 'UTF8') || '\\x00'::bytea || int4send(${number})`
  const first = `encode(substr(sha256(${outer} || sha256(${message})), 1, 8), 'hex')`
  return `(('x' || ${first})::bit(64)::bigint >> 1 & 9223372036854775807)`
}

/** The same in the process, for tests and proofs. */
export const valueOf = ({ inner, outer }: Pads, emailKey: string, number: number): bigint => {
  const counted = Buffer.alloc(4)
  counted.writeUInt32BE(number)
  const first = createHash("sha256").update(inner).update(emailKey).update(zero).update(counted).digest()
  return createHash("sha256").update(outer).update(first).digest().readBigUInt64BE() >> 1n
}

const all = 1n << 63n

/**
 * The last value of each share, in their order: share i has those from the one behind share i − 1 on. Weights are whole numbers, and
 * every value belongs to exactly one share. A share of weight 0 is empty: it ends where the one before does.
 */
export const lastsOf = (weights: ReadonlyArray<number>): ReadonlyArray<bigint> => {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
  if (total === 0n) return weights.map(() => -1n)
  let until = 0n
  return weights.map((weight) => {
    until += BigInt(weight)
    return (all * until) / total - 1n
  })
}
