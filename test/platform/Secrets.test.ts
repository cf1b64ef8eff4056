import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Secrets } from "../../src/platform/Secrets.ts"
import { settingsOf } from "../support/AllSettings.ts"

const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const plain = Buffer.from("what must be read back")

const using = <A, E>(keys: ReadonlyArray<Uint8Array>, use: (secrets: Secrets["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(Secrets, use).pipe(Effect.provide(Secrets.layerOf(keys)))

const sealedBy = (...keys: ReadonlyArray<Uint8Array>) => using(keys, ({ seal }) => seal("account_totp 1", plain))

describe("what is encrypted", () => {
  it.effect("can be read back, by any key of the ring that encrypted it", () =>
    Effect.gen(function* () {
      const sealed = yield* sealedBy(one)
      assert.notInclude(Buffer.from(sealed).toString("latin1"), plain.toString())
      for (const keys of [[one], [one, two], [two, one]]) {
        assert.deepStrictEqual(Buffer.from(yield* using(keys, ({ open }) => open("account_totp 1", sealed))), plain)
      }
      assert.isFalse(yield* using([one, two], ({ isOld }) => Effect.succeed(isOld(sealed))))
      assert.isTrue(yield* using([two, one], ({ isOld }) => Effect.succeed(isOld(sealed))))
      assert.notDeepEqual(yield* sealedBy(one), sealed, "each has a nonce of its own")
    })
  )

  it.effect("cannot be moved to another place, changed, cut, or read without its key", () =>
    Effect.gen(function* () {
      const sealed = Buffer.from(yield* sealedBy(one))
      const fails = (keys: ReadonlyArray<Uint8Array>, context: string, bytes: Uint8Array) =>
        Effect.map(Effect.flip(using(keys, ({ open }) => open(context, bytes))), ({ _tag }) => _tag)
      assert.strictEqual(yield* fails([one], "account_totp 2", sealed), "SecretUnreadable")
      assert.strictEqual(yield* fails([two], "account_totp 1", sealed), "SecretUnreadable")
      assert.strictEqual(yield* fails([], "account_totp 1", sealed), "SecretsKeyMissing")
      for (let at = 0; at < sealed.length; at++) {
        const changed = Buffer.from(sealed)
        changed[at] = (changed[at] ?? 0) ^ 1
        assert.strictEqual(yield* fails([one], "account_totp 1", changed), "SecretUnreadable", `byte ${at}`)
        assert.strictEqual(yield* fails([one], "account_totp 1", sealed.subarray(0, at)), "SecretUnreadable", `${at}`)
      }
    })
  )
})

/** A directory for data that is gone afterwards. */
const directory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "fairground-secrets-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true }))
)

/** What a process with this directory encrypts. */
const sealedIn = (path: string) =>
  Effect.flatMap(Secrets, ({ seal }) => seal("a", plain)).pipe(
    // As in a process of its own.
    Effect.provide(Layer.fresh(Secrets.layer.pipe(Layer.provide(settingsOf({ DATA_DIR: path })))))
  )

describe("the key of the embedded database", () => {
  it.live("is one, whoever starts first of many, and for its owner only", () =>
    Effect.gen(function* () {
      const path = yield* directory
      const all = yield* Effect.forEach(Array.from({ length: 20 }), () => sealedIn(path), { concurrency: "unbounded" })
      const key = Buffer.from(
        (yield* Effect.promise(() => readFile(join(path, "secrets.key"), "utf8"))).trim(),
        "base64"
      )
      for (const sealed of all) yield* using([key], ({ open }) => open("a", sealed))
      assert.deepStrictEqual(yield* Effect.promise(() => readdir(path)), ["secrets.key"])
      const { mode } = yield* Effect.promise(() => stat(join(path, "secrets.key")))
      assert.strictEqual(mode & 0o777, 0o600)
    })
  )

  it.live("is not replaced where its file is broken: what it encrypted would be lost", () =>
    Effect.gen(function* () {
      const path = yield* directory
      yield* Effect.promise(() => writeFile(join(path, "secrets.key"), "AAAA\n"))
      const exit = yield* Effect.exit(sealedIn(path))
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(yield* Effect.promise(() => readFile(join(path, "secrets.key"), "utf8")), "AAAA\n")
    })
  )
})
