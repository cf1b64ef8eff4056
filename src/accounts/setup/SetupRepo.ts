import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { hasRows, row, rows } from "../../platform/postgres/Rows.ts"
import { Account } from "../Account.ts"
import { EmailTaken } from "../AccountErrors.ts"

const asIs = row(Schema.Struct({ is: Schema.Boolean }))
const asHashes = rows(Schema.Struct({ tokenHash: Schema.Uint8Array }))
const encode = Schema.encodeEffect(Account.insert)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const hasOwner = sql`select exists (select from account where role = 'owner') as is`.pipe(
    asIs("SetupRepo.hasOwner"),
    Effect.map(({ is }) => is)
  )

  /** Adds a link for 24 hours. */
  const insertToken = (tokenHash: Uint8Array) =>
    sql`
      insert into account_token (token_hash, purpose, created_at, expires_at)
      values (${tokenHash}, 'setup', now(), now() + interval '24 hours')`.pipe(Effect.asVoid)

  const works = (tokenHash: Uint8Array) =>
    sql`
      select exists (
        select from account_token where token_hash = ${tokenHash} and purpose = 'setup' and expires_at > now()
      ) as is`.pipe(
      asIs("SetupRepo.works"),
      Effect.map(({ is }) => is)
    )

  /** Nobody else adds an account until the transaction ends: of many at once, each sees the one before. */
  const lock = sql`lock table account in share row exclusive mode`.pipe(Effect.asVoid)

  /** Uses the link up, and all others with it. False: it does not work any more. */
  const take = (tokenHash: Uint8Array) =>
    sql`delete from account_token where purpose = 'setup' and expires_at > now()
      and exists (select from account_token where token_hash = ${tokenHash} and purpose = 'setup' and expires_at > now())
      returning token_hash`.pipe(asHashes("SetupRepo.take"), hasRows)

  /** Fails if another account has the address: a person who came in by an identity provider before there was an owner. */
  const insert = Effect.fn("SetupRepo.insert")(function* (account: typeof Account.insert.Type) {
    const row = yield* Effect.orDie(encode(account))
    const added = yield* sql`
      insert into account ${sql.insert(row)} on conflict on constraint account_email_key_key do nothing returning id`
    if (added.length === 0) return yield* new EmailTaken({})
  })

  const has = (id: string) =>
    sql`select exists (select from account where id = ${id}) as is`.pipe(
      asIs(),
      Effect.map(({ is }) => is)
    )

  return { hasOwner, insertToken, works, lock, take, insert, has }
})
