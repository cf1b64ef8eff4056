import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Role } from "../platform/contract/Access.ts"
import { array, OID } from "../platform/postgres/Arrays.ts"
import { firstRow, hasRows, row, rows } from "../platform/postgres/Rows.ts"
import { type AccountId, RoleName } from "./Account.ts"
import { ManagedAccount } from "./AccountFacts.ts"

const asAccounts = rows(ManagedAccount)
const asRoles = rows(Schema.Struct({ role: RoleName }))
const asIds = rows(Schema.Struct({ id: Schema.String }))
const asCount = row(Schema.Struct({ count: Schema.Int }))

export interface Filter {
  readonly kind: "person" | "machine" | null
  readonly role: Role | null
  readonly isDisabled: boolean | null
  readonly after: AccountId | null
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const columns = sql`
    a.id, a.kind, a.email, a.name, a.role, a.language, a.email_verified_at, a.disabled_at, a.version, a.created_at,
    a.updated_at,
    -- greatest ignores nulls. A browser that signed in by password stays known for 90 days, a session only until it ends.
    greatest(
      (select max(s.last_seen_at) from account_session s where s.account_id = a.id),
      (select max(k.last_used_at) from api_key k where k.account_id = a.id),
      (select max(d.last_used_at) from account_device d where d.account_id = a.id)) as last_seen_at,
    exists (select from account_totp t where t.account_id = a.id and t.confirmed_at is not null)
      or exists (select from account_passkey p where p.account_id = a.id) as has_second_factor`

  /** Undefined: there is none. */
  const find = (id: AccountId) =>
    sql`select ${columns} from account a where a.id = ${id}`.pipe(asAccounts("AccountsRepo.find"), firstRow)

  /** Those that a command may mean by a text: the person of an address, machines of a name. At most two: more are as unclear. */
  const named = (emailKey: string | null, name: string) =>
    sql`
      select ${columns} from account a
      where (a.kind = 'person' and a.email_key = ${emailKey}) or (a.kind = 'machine' and a.name = ${name})
      order by a.id limit 2`.pipe(asAccounts("AccountsRepo.named"))

  /** Up to `count` accounts, newest first. */
  const list = ({ after, isDisabled, kind, role }: Filter, count: number) =>
    sql`
      select ${columns} from account a
      where (${after}::uuid is null or a.id < ${after})
        and (${kind}::text is null or a.kind = ${kind})
        and (${role}::text is null or a.role = ${role})
        and (${isDisabled}::boolean is null or (a.disabled_at is not null) = ${isDisabled})
      order by a.id desc
      limit ${count}`.pipe(asAccounts("AccountsRepo.list"))

  /** The role of an account that is not disabled. */
  const roleOf = (id: AccountId) =>
    sql`select role from account where id = ${id} and disabled_at is null`.pipe(
      asRoles("AccountsRepo.roleOf"),
      Effect.map(([found]) => found?.role)
    )

  /**
   * Keeps these accounts and all owners from being changed by others until the end of the transaction. Without it, owners who demote
   * each other at once see each other as still there, and nobody is left. In the order of the ids, so that two never wait for each
   * other.
   */
  const lock = (ids: ReadonlyArray<AccountId>) =>
    sql`
      select id from account where role = 'owner' or id = any(${array(ids, OID.uuid)})
      order by id for no key update`.pipe(Effect.asVoid)

  /** Keeps the roles of these accounts as they are until the end of the transaction, for what is made on their authority. */
  const keep = (ids: ReadonlyArray<AccountId>) =>
    sql`select id from account where id = any(${array(ids, OID.uuid)}) order by id for share`.pipe(Effect.asVoid)

  /** How many owners are not disabled, besides this one. After `lock`. */
  const otherOwners = (id: AccountId) =>
    sql`
      select count(*)::int as count from account where role = 'owner' and disabled_at is null and id <> ${id}`.pipe(
      asCount("AccountsRepo.otherOwners"),
      Effect.map(({ count }) => count)
    )

  /** False: an earlier attempt, whose connection broke, has inserted it. */
  const insertMachine = (machine: { readonly id: AccountId; readonly name: string; readonly role: Role }) =>
    sql`
      insert into account (id, kind, name, role, created_at, updated_at)
      values (${machine.id}, 'machine', ${machine.name}, ${machine.role}, now(), now())
      on conflict on constraint account_pkey do nothing
      returning id`.pipe(asIds("AccountsRepo.insertMachine"), hasRows)

  const update = (id: AccountId, to: { readonly name: string; readonly role: Role; readonly isDisabled: boolean }) =>
    sql`
      update account set name = ${to.name}, role = ${to.role},
        disabled_at = case when ${to.isDisabled} then coalesce(disabled_at, now()) end,
        version = version + 1, updated_at = greatest(updated_at, now())
      where id = ${id}`.pipe(Effect.asVoid, Effect.withSpan("AccountsRepo.update"))

  const remove = (id: AccountId) =>
    sql`delete from account where id = ${id}`.pipe(Effect.asVoid, Effect.withSpan("AccountsRepo.remove"))

  /** Deletes the account's invitations to roles other than these. Returns how many. */
  const revokeInvitations = (id: AccountId, except: ReadonlyArray<Role>) =>
    sql`
      delete from invitation where invited_by = ${id} and not (role = any(${array(except, OID.text)}))
      returning id`.pipe(
      asIds("AccountsRepo.revokeInvitations"),
      Effect.map((revoked) => revoked.length)
    )

  /** Ends what the account has begun elsewhere: links in mails and attempts at single sign-on. */
  const dropTokens = (id: AccountId) =>
    sql`
      with attempts as (delete from browser_attempt where account_id = ${id})
      delete from account_token where account_id = ${id}`.pipe(Effect.asVoid)

  return {
    find,
    named,
    list,
    roleOf,
    lock,
    keep,
    otherOwners,
    insertMachine,
    update,
    remove,
    revokeInvitations,
    dropTokens
  }
})
