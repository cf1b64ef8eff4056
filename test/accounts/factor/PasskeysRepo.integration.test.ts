import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { AccountId } from "../../../src/accounts/Account.ts"
import { PasskeyId } from "../../../src/accounts/factor/Passkey.ts"
import * as PasskeysRepo from "../../../src/accounts/factor/PasskeysRepo.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { accountFor } from "../../support/service/Credentials.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const row = Effect.map(accountFor("editor"), (accountId) => ({
  id: PasskeyId.make(uuidV7At(Date.now())),
  accountId: AccountId.make(accountId),
  credentialId: uuidV7At(Date.now()),
  publicKey: Buffer.from("key"),
  signCount: 0,
  transports: ["internal", "hybrid"],
  isBackedUp: false,
  name: "One"
}))

layer(TestDatabase.layer)("rows of passkeys", (it) => {
  it.effect(
    "a count is taken if it is above the last one, once of two at once; one that does not count is always taken",
    () =>
      Effect.gen(function* () {
        const repo = yield* PasskeysRepo.make
        const passkey = yield* row
        yield* repo.insert(passkey)
        // The count is of 32 bits without a sign.
        for (const [count, isTaken] of [
          [0, true],
          [0, true],
          [5, true],
          [5, false],
          [4, false],
          [0, false],
          [2 ** 32 - 1, true],
          [0, false]
        ] as const) {
          assert.strictEqual(yield* repo.use(passkey.id, count, true), isTaken, `${count}`)
        }
        assert.deepInclude(yield* repo.byCredential(passkey.credentialId), { signCount: 2 ** 32 - 1, isBackedUp: true })

        const other = yield* row
        yield* repo.insert(other)
        const both = yield* Effect.all([repo.use(other.id, 1, false), repo.use(other.id, 1, false)], { concurrency: 2 })
        assert.sameMembers(both, [true, false])
      })
  )

  it.effect(
    "stored again after a broken connection, a passkey is the one that it was; another one with its id is none",
    () =>
      Effect.gen(function* () {
        const repo = yield* PasskeysRepo.make
        const passkey = yield* row
        const first = yield* repo.insert(passkey)
        assert.deepStrictEqual(yield* repo.insert(passkey), first)
        assert.isUndefined(yield* repo.insert({ ...(yield* row), credentialId: passkey.credentialId }))
        assert.lengthOf(yield* repo.list(passkey.accountId), 1)
      })
  )
})
