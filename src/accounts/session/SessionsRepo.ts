import { type Duration, Duration as Durations, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, OID } from "../../platform/postgres/Arrays.ts"
import { firstRow, rows } from "../../platform/postgres/Rows.ts"
import { type AccountId, AccountId as Id, Method, RoleName } from "../Account.ts"

const asSignedIn = rows(
  Schema.Struct({
    tokenHash: Schema.Uint8Array,
    sessionId: Schema.String,
    methods: Schema.Array(Method),
    authenticatedAt: Schema.Date,
    isStale: Schema.Boolean,
    accountId: Id,
    role: RoleName
  })
)

const asKeys = rows(
  Schema.Struct({
    tokenHash: Schema.Uint8Array,
    keyId: Schema.String,
    scopes: Schema.Array(Schema.String),
    isStale: Schema.Boolean,
    accountId: Id,
    role: RoleName
  })
)

export const Session = Schema.Struct({
  id: Schema.String,
  methods: Schema.Array(Method),
  authenticatedAt: Schema.Date,
  lastSeenAt: Schema.Date,
  expiresAt: Schema.Date,
  address: Schema.NullOr(Schema.String),
  userAgent: Schema.NullOr(Schema.String)
})

const asSessions = rows(Session)
const asIds = rows(Schema.Struct({ id: Schema.String }))
const asFactors = rows(Schema.Struct({ totp: Schema.Boolean, passkey: Schema.Boolean, recoveryCodes: Schema.Int }))
const asSteps = rows(
  Schema.Struct({
    accountId: Id,
    methods: Schema.Array(Method),
    purpose: Schema.Literals(["sign-in", "confirmation"]),
    sessionId: Schema.NullOr(Schema.String),
    attemptsLeft: Schema.Int
  })
)

/** A row of `sign_in_step`. */
export interface StepRow {
  readonly accountId: AccountId
  readonly methods: ReadonlyArray<Method>
  readonly purpose: "sign-in" | "confirmation"
  readonly sessionId: string | null
  readonly attemptsLeft: number
}

const interval = (time: Duration.Duration) => `${Durations.toMillis(time)} milliseconds`

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /**
   * The sessions of these tokens (their hashes), each once; of those that there are not, or that have ended, there is no row.
   * `isStale`: `touchSession` has something to write.
   */
  const bySessions = (tokenHashes: ReadonlyArray<Uint8Array>, idle: Duration.Duration) =>
    sql`
      select s.token_hash, s.id as session_id, s.methods, s.authenticated_at,
        s.last_seen_at < now() - interval '1 minute' as is_stale, a.id as account_id, a.role
      from account_session s join account a on a.id = s.account_id
      where s.token_hash = any(${array(tokenHashes, OID.bytea)}) and s.expires_at > now()
        and s.last_seen_at > now() - ${interval(idle)}::interval and a.disabled_at is null`.pipe(
      asSignedIn("SessionsRepo.bySessions")
    )

  const byKeys = (tokenHashes: ReadonlyArray<Uint8Array>) =>
    sql`
      select k.token_hash, k.id as key_id, k.scopes,
        k.last_used_at is null or k.last_used_at < now() - interval '1 minute' as is_stale, a.id as account_id, a.role
      from api_key k join account a on a.id = k.account_id
      where k.token_hash = any(${array(tokenHashes, OID.bytea)}) and k.revoked_at is null
        and (k.expires_at is null or k.expires_at > now()) and a.disabled_at is null`.pipe(
      asKeys("SessionsRepo.byKeys")
    )

  const touchSession = (id: string) =>
    sql`update account_session set last_seen_at = now() where id = ${id} and last_seen_at < now()`.pipe(Effect.asVoid)

  const touchKey = (id: string) => sql`update api_key set last_used_at = now() where id = ${id}`.pipe(Effect.asVoid)

  const insert = (session: {
    readonly id: string
    readonly accountId: AccountId
    readonly tokenHash: Uint8Array
    readonly methods: ReadonlyArray<Method>
    readonly lifetime: Duration.Duration
    readonly address: string | null
    readonly userAgent: string | null
  }) =>
    sql`
      insert into account_session
        (id, account_id, token_hash, methods, authenticated_at, last_seen_at, expires_at, address, user_agent)
      values (${session.id}, ${session.accountId}, ${session.tokenHash}, ${session.methods}, now(), now(),
        now() + ${interval(session.lifetime)}::interval, ${session.address}, ${session.userAgent})`.pipe(Effect.asVoid)

  /** Ends the least used sessions of the account beyond this number. */
  const endBeyond = (accountId: AccountId, most: number) =>
    sql`
      delete from account_session where id in (
        select id from account_session where account_id = ${accountId} order by last_seen_at desc, id desc offset ${most}
      )`.pipe(Effect.asVoid)

  /** A new token, and a new time of the proof. Undefined: the session has ended. */
  const renew = (id: string, tokenHash: Uint8Array, methods: ReadonlyArray<Method>) =>
    sql`
      update account_session set token_hash = ${tokenHash}, authenticated_at = now(), last_seen_at = now(),
        methods = (select array_agg(distinct method) from unnest(methods || ${methods}::text[]) as method)
      where id = ${id} and expires_at > now()
      returning id`.pipe(asIds("SessionsRepo.renew"), firstRow)

  /** The person has proven another factor in this session, by enrolling it. */
  const addMethod = (id: string, method: Method) =>
    sql`update account_session set methods = array_append(methods, ${method})
      where id = ${id} and not (${method} = any(methods))`.pipe(Effect.asVoid)

  const list = (accountId: AccountId, idle: Duration.Duration) =>
    sql`
      select id, methods, authenticated_at, last_seen_at, expires_at, address, user_agent from account_session
      where account_id = ${accountId} and expires_at > now() and last_seen_at > now() - ${interval(idle)}::interval
      order by last_seen_at desc, id desc`.pipe(asSessions("SessionsRepo.list"))

  /** Returns the id of the session that was ended. */
  const endByToken = (tokenHash: Uint8Array) =>
    sql`delete from account_session where token_hash = ${tokenHash} returning id`.pipe(
      asIds("SessionsRepo.endByToken"),
      Effect.map(([ended]) => ended?.id)
    )

  /** Returns what was ended. */
  const end = (accountId: AccountId, id: string) =>
    sql`delete from account_session where account_id = ${accountId} and id = ${id} returning id`.pipe(asIds())

  /**
   * Ends all sessions of the account except one; null: all of them. What was begun in them ends too. Two statements: a step that is
   * being finished keeps the first one waiting, and only a statement after it sees the session that came of it.
   */
  const endAll = (accountId: AccountId, except: string | null) =>
    Effect.andThen(
      sql`delete from sign_in_step where account_id = ${accountId}`,
      sql`
        delete from account_session
        where account_id = ${accountId} and (${except}::uuid is null or id <> ${except})
        returning id`.pipe(asIds())
    )

  const factors = (accountId: AccountId) =>
    sql`
      select
        exists (select from account_totp where account_id = ${accountId} and confirmed_at is not null) as totp,
        exists (select from account_passkey where account_id = ${accountId}) as passkey,
        (select count(*) from account_recovery_code where account_id = ${accountId})::int as recovery_codes`.pipe(
      asFactors("SessionsRepo.factors"),
      Effect.map(([found]) => found ?? { totp: false, passkey: false, recoveryCodes: 0 })
    )

  const insertStep = (step: {
    readonly tokenHash: Uint8Array
    readonly accountId: AccountId
    readonly methods: ReadonlyArray<Method>
    readonly purpose: "sign-in" | "confirmation"
    readonly sessionId: string | null
  }) =>
    sql`
      insert into sign_in_step (token_hash, account_id, methods, purpose, session_id, attempts_left, expires_at)
      values (${step.tokenHash}, ${step.accountId}, ${step.methods}, ${step.purpose}, ${step.sessionId}, 5,
        now() + interval '5 minutes')`.pipe(Effect.asVoid)

  /** Uses up one attempt of a step. Undefined: there is none left, or it has expired, or the account is disabled. */
  const tryStep = (tokenHash: Uint8Array) =>
    sql`
      update sign_in_step s set attempts_left = attempts_left - 1
      from account a
      where s.token_hash = ${tokenHash} and s.attempts_left > 0 and s.expires_at > now()
        and a.id = s.account_id and a.disabled_at is null
      returning s.account_id, s.methods, s.purpose, s.session_id, s.attempts_left`.pipe(
      asSteps("SessionsRepo.tryStep"),
      firstRow
    )

  const findStep = (tokenHash: Uint8Array) =>
    sql`
      select account_id, methods, purpose, session_id, attempts_left from sign_in_step
      where token_hash = ${tokenHash} and attempts_left > 0 and expires_at > now()`.pipe(
      asSteps("SessionsRepo.findStep"),
      firstRow
    )

  /** Takes the step, which works once. Undefined: it is gone. */
  const takeStep = (tokenHash: Uint8Array) =>
    sql`
      delete from sign_in_step where token_hash = ${tokenHash} and expires_at > now()
      returning account_id, methods, purpose, session_id, attempts_left`.pipe(
      asSteps("SessionsRepo.takeStep"),
      firstRow
    )

  return {
    bySessions,
    byKeys,
    touchSession,
    touchKey,
    insert,
    endBeyond,
    renew,
    addMethod,
    list,
    endByToken,
    end,
    endAll,
    factors,
    insertStep,
    tryStep,
    findStep,
    takeStep
  }
})
