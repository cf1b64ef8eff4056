import { Effect } from "effect"
import { argon2, randomBytes, timingSafeEqual } from "node:crypto"
import type { Job } from "./HashThread.ts"
import { normalised } from "./PasswordPolicy.ts"

/** What one hash costs: KiB of memory, passes over it, and lanes. */
export interface Cost {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** OWASP, Password Storage Cheat Sheet: Argon2id with at least 19 MiB, 2 passes and 1 lane. */
export const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 }

const [saltLength, tagLength] = [16, 32]

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replaceAll("=", "")

/** Computes a tag. */
export type Derive = (job: Job) => Effect.Effect<Uint8Array>

/** In libuv's pool of threads, so that the event loop goes on. */
const inPool: Derive = ({ memory, parallelism, passes, password, salt, tagLength }) =>
  Effect.callback((resume) => {
    argon2("argon2id", { message: password, nonce: salt, memory, passes, parallelism, tagLength }, (error, tag) =>
      resume(error === null ? Effect.succeed(tag) : Effect.die(error))
    )
  })

const jobOf = (password: string, salt: Uint8Array, cost: Cost): Job => ({
  password: normalised(password),
  salt,
  ...cost,
  tagLength
})

const written = ({ memory, parallelism, passes }: Cost, salt: Uint8Array, tag: Uint8Array): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`

const pattern = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/

/** A stored hash in its parts; undefined: the text is none. */
const parsed = (hash: string) => {
  const match = pattern.exec(hash)
  if (match === null) return undefined
  const [, memory, passes, parallelism, salt = "", tag = ""] = match
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64")
  }
}

/** The hash of a password as a PHC string, with a new salt. */
export const make = (password: string, at: Cost = cost, derive: Derive = inPool): Effect.Effect<string> =>
  Effect.suspend(() => {
    const salt = randomBytes(saltLength)
    return Effect.map(derive(jobOf(password, salt, at)), (tag) => written(at, salt, tag))
  })

// Compared with where there is nothing to compare with, so that both take the same time. No password has it.
const nobody = written(cost, randomBytes(saltLength), randomBytes(tagLength))

/** Whether the hash, or null where there is none, is of the password. It takes the same time for both. */
export const isOf = (hash: string | null, password: string, derive: Derive = inPool): Effect.Effect<boolean> => {
  const stored = parsed(hash ?? nobody)
  if (stored === undefined) return Effect.die(new Error("A stored hash of a password cannot be read"))
  return Effect.map(
    derive(jobOf(password, stored.salt, stored.cost)),
    (tag) => timingSafeEqual(tag, stored.tag) && hash !== null
  )
}

/** Whether a stored hash costs an attacker less than a new one would. */
export const isWeak = (hash: string): boolean => {
  const stored = parsed(hash)?.cost
  return stored === undefined || stored.memory < cost.memory || stored.passes < cost.passes
}
