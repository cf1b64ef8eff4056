import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { argon2Sync } from "node:crypto"
import * as PasswordHash from "../../../src/accounts/password/PasswordHash.ts"

const password = "éclair with 3 spoons"

describe("PasswordHash", () => {
  it.effect("is Argon2id with 19 MiB and two passes, in the text that every other implementation reads", () =>
    Effect.gen(function* () {
      const hash = yield* PasswordHash.make(password)
      const match = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$([^$]{22})\$([^$]{43})$/.exec(hash)
      assert.isNotNull(match)
      const tag = argon2Sync("argon2id", {
        message: password,
        nonce: Buffer.from(match?.[1] ?? "", "base64"),
        memory: 19_456,
        passes: 2,
        parallelism: 1,
        tagLength: 32
      })
      assert.strictEqual(match?.[2], tag.toString("base64").replaceAll("=", ""))
      assert.isFalse(PasswordHash.isWeak(hash))
    })
  )

  it.effect("has a salt of its own", () =>
    Effect.gen(function* () {
      assert.notStrictEqual(yield* PasswordHash.make(password), yield* PasswordHash.make(password))
    })
  )

  it.effect("is of the password in each of its spellings, and of no other", () =>
    Effect.gen(function* () {
      const hash = yield* PasswordHash.make(password.normalize("NFC"))
      assert.isTrue(yield* PasswordHash.isOf(hash, password.normalize("NFD")))
      for (const other of [`${password} `, password.toUpperCase(), "eclair with 3 spoons", ""]) {
        assert.isFalse(yield* PasswordHash.isOf(hash, other), other)
      }
    })
  )

  it.effect("nobody has the password of no hash", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* PasswordHash.isOf(null, password))
      assert.isFalse(yield* PasswordHash.isOf(null, ""))
    })
  )

  it.effect("made at a lower cost still works, and is known to be weak", () =>
    Effect.gen(function* () {
      for (const cost of [
        { memory: 8192, passes: 2, parallelism: 1 },
        { memory: 19_456, passes: 1, parallelism: 1 }
      ]) {
        const hash = yield* PasswordHash.make(password, cost)
        assert.isTrue(yield* PasswordHash.isOf(hash, password))
        assert.isTrue(PasswordHash.isWeak(hash))
      }
      assert.isFalse(
        PasswordHash.isWeak(yield* PasswordHash.make(password, { memory: 19_456, passes: 3, parallelism: 2 }))
      )
    })
  )
})
