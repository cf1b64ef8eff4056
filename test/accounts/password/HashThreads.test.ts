import { assert, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { argon2Sync } from "node:crypto"
import type { Job } from "../../../src/accounts/password/HashThread.ts"
import * as HashThreads from "../../../src/accounts/password/HashThreads.ts"

const job: Job = {
  password: "a cow jumped over the moon",
  salt: new Uint8Array(16).fill(3),
  memory: 64,
  passes: 1,
  parallelism: 1,
  tagLength: 32
}

const { password, salt, ...cost } = job
const expected = argon2Sync("argon2id", { message: password, nonce: salt, ...cost }).toString("hex")

const hex = (tag: Uint8Array) => Buffer.from(tag).toString("hex")

it.live("threads hash as the main thread does, one after the other and at once", () =>
  Effect.gen(function* () {
    const derive = yield* HashThreads.make
    assert.strictEqual(hex(yield* derive(job)), expected)
    const tags = yield* Effect.forEach(Array.from({ length: 20 }), () => derive(job), { concurrency: 3 })
    assert.deepStrictEqual([...new Set(tags.map(hex))], [expected])
  })
)

it.live("a thread that fails fails its own hash, and another one takes its place", () =>
  Effect.gen(function* () {
    const derive = yield* HashThreads.make
    for (let round = 0; round < 3; round++) {
      // Less memory than there is in a lane: OpenSSL refuses it.
      assert.isTrue(Exit.isFailure(yield* Effect.exit(derive({ ...job, memory: 1 }))))
      assert.strictEqual(hex(yield* derive(job)), expected)
    }
  })
)
