import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Role } from "../../platform/contract/Access.ts"
import { array, OID } from "../../platform/postgres/Arrays.ts"
import { rows } from "../../platform/postgres/Rows.ts"
import type { AccountId, Language } from "../Account.ts"
import { Invitation, type InvitationId, lifetime } from "./Invitation.ts"

const asInvitations = rows(Invitation)
const asIds = rows(Schema.Struct({ id: Schema.String }))

export interface NewRow {
  readonly id: InvitationId
  readonly email: string
  readonly emailKey: string
  readonly role: Role
  readonly language: Language
  readonly tokenHash: Uint8Array
  readonly invitedBy: AccountId | null
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const columns = sql.literal(
    "id, email, role, language, invited_by, created_at, expires_at, expires_at <= now() as is_expired"
  )

  /** Up to `count` invitations, newest first. */
  const list = (after: InvitationId | null, count: number) =>
    sql`
      select ${columns} from invitation where (${after}::uuid is null or id < ${after})
      order by id desc limit ${count}`.pipe(asInvitations("InvitationsRepo.list"))

  /** Locked until the end of the transaction. Undefined: there is none. */
  const lock = (id: InvitationId) =>
    sql`select ${columns} from invitation where id = ${id} for update`.pipe(
      asInvitations("InvitationsRepo.lock"),
      Effect.map(([found]) => found)
    )

  /** Undefined: no invitation has this token, or it has expired. */
  const byToken = (tokenHash: Uint8Array) =>
    sql`select ${columns} from invitation where token_hash = ${tokenHash} and expires_at > now()`.pipe(
      asInvitations("InvitationsRepo.byToken"),
      Effect.map(([found]) => found)
    )

  /**
   * Stores the invitation in the place of an earlier one of the address, if that was to one of the roles in `over` or has expired.
   * Undefined: it was to another role; or an earlier attempt, whose connection broke, has stored this very invitation.
   */
  const upsert = (row: NewRow, over: ReadonlyArray<Role>) =>
    sql`
      insert into invitation as i (id, email, email_key, role, language, token_hash, invited_by, created_at, expires_at)
      values (${row.id}, ${row.email}, ${row.emailKey}, ${row.role}, ${row.language}, ${row.tokenHash}, ${row.invitedBy},
        now(), now() + ${lifetime}::interval)
      on conflict on constraint invitation_email_key_key do update set
        email = excluded.email, role = excluded.role, language = excluded.language, token_hash = excluded.token_hash,
        invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at
      where i.token_hash <> excluded.token_hash
        and (i.role = any(${array(over, OID.text)}) or i.expires_at <= now())
      returning ${columns}`.pipe(
      asInvitations("InvitationsRepo.upsert"),
      Effect.map(([stored]) => stored)
    )

  /** The same for a person who asks for it: an invitation that somebody else has sent stays what it is, and gets a new token. */
  const upsertOwn = (row: NewRow) =>
    sql`
      insert into invitation as i (id, email, email_key, role, language, token_hash, invited_by, created_at, expires_at)
      values (${row.id}, ${row.email}, ${row.emailKey}, ${row.role}, ${row.language}, ${row.tokenHash}, null, now(),
        now() + ${lifetime}::interval)
      on conflict on constraint invitation_email_key_key do update set
        token_hash = excluded.token_hash, expires_at = excluded.expires_at,
        role = case when i.expires_at > now() then i.role else excluded.role end,
        language = case when i.expires_at > now() then i.language else excluded.language end,
        invited_by = case when i.expires_at > now() then i.invited_by end
      where i.token_hash <> excluded.token_hash
      returning ${columns}`.pipe(
      asInvitations("InvitationsRepo.upsertOwn"),
      Effect.map(([stored]) => stored)
    )

  /** A new token, a new end and a new sender. Undefined: an earlier attempt has stored this token. */
  const renew = (id: InvitationId, tokenHash: Uint8Array, invitedBy: AccountId | null) =>
    sql`
      update invitation set token_hash = ${tokenHash}, expires_at = now() + ${lifetime}::interval,
        invited_by = ${invitedBy}
      where id = ${id} and token_hash <> ${tokenHash}
      returning ${columns}`.pipe(
      asInvitations("InvitationsRepo.renew"),
      Effect.map(([renewed]) => renewed)
    )

  const remove = (id: InvitationId) =>
    sql`delete from invitation where id = ${id}`.pipe(Effect.asVoid, Effect.withSpan("InvitationsRepo.remove"))

  /** Takes the invitation, which works once. Undefined: it is gone, or has expired. */
  const take = (tokenHash: Uint8Array) =>
    sql`
      delete from invitation where token_hash = ${tokenHash} and expires_at > now()
      returning ${columns}`.pipe(
      asInvitations("InvitationsRepo.take"),
      Effect.map(([taken]) => taken)
    )

  /** Deletes up to `count` invitations that expired this long ago, oldest first. Returns how many. */
  const removeExpired = (age: string, count: number) =>
    sql`
      delete from invitation where id in (
        select id from invitation where expires_at < now() - ${age}::interval order by expires_at limit ${count}
        for update skip locked
      )
      returning id`.pipe(
      asIds("InvitationsRepo.removeExpired"),
      Effect.map((removed) => removed.length)
    )

  /** Whether an account has the address. */
  const isTaken = (emailKey: string) =>
    sql`select id from account where email_key = ${emailKey}`.pipe(
      asIds("InvitationsRepo.isTaken"),
      Effect.map((found) => found.length > 0)
    )

  /** False: another account has the address. `isProven`: the link came by mail, so the mailbox is the person's. */
  const insertAccount = (account: {
    readonly id: AccountId
    readonly email: string
    readonly emailKey: string
    readonly name: string
    readonly role: Role
    readonly language: Language
    readonly isProven: boolean
  }) =>
    sql`
      insert into account
        (id, kind, email, email_key, name, role, language, email_verified_at, created_at, updated_at)
      values (${account.id}, 'person', ${account.email}, ${account.emailKey}, ${account.name}, ${account.role},
        ${account.language}, case when ${account.isProven} then now() end, now(), now())
      on conflict on constraint account_email_key_key do nothing
      returning id`.pipe(
      asIds("InvitationsRepo.insertAccount"),
      Effect.map((added) => added.length > 0)
    )

  return {
    list,
    lock,
    byToken,
    upsert,
    upsertOwn,
    renew,
    remove,
    take,
    removeExpired,
    isTaken,
    insertAccount
  }
})
