import { Clock, Context, type DateTime, Effect, Layer, Option, Schema } from "effect"
import type { SqlError } from "effect/sql"
import { hash, randomBytes } from "node:crypto"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Secrets, type SecretsKeyMissing } from "../../platform/Secrets.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId } from "../Account.ts"
import type { Person } from "../session/SignIn.ts"
import { CodeWrong, EnrolmentExpired, type LastWayIn, SecondFactorPresent } from "./FactorErrors.ts"
import { type ChangeProblem, Factors } from "./Factors.ts"
import type { NotSignedIn, SecondFactorRequired } from "../../platform/contract/Access.ts"
import { base32, otpauthUri, stepOf } from "./TotpCode.ts"
import * as TotpRepo from "./TotpRepo.ts"

/** RFC 4226 section 4 recommends 160 bits. */
const secretBytes = 20

const enrolmentMillis = 10 * 60_000

/**
 * A secret that waits for its first code. It is stored nowhere: the person's page keeps it, encrypted, so that the app in use counts
 * until another one has shown a code.
 */
const Enrolment = Schema.fromJsonString(
  Schema.Struct({
    secret: Schema.String,
    until: Schema.Finite,
    /** SHA-256 of the stored secret that it replaces; null: of none. */
    replaces: Schema.NullOr(Schema.String)
  })
)
const writeEnrolment = Schema.encodeSync(Enrolment)
const readEnrolment = Schema.decodeUnknownOption(Enrolment)

const contextOf = (accountId: AccountId) => `account_totp ${accountId}`
const enrolmentContextOf = ({ accountId, sessionId }: Person) => `account_totp enrolment ${accountId} ${sessionId}`

const digestOf = (stored: Uint8Array): Buffer => hash("sha256", stored, "buffer")

export interface NewTotp {
  /** Base32, for typing. */
  readonly secret: string
  /** `otpauth://`, for an app on the same device, and for the QR code. */
  readonly uri: string
  /** Goes back with the first code. */
  readonly enrolment: string
}

/** The authenticator app of an account: RFC 6238. */
export class Totp extends Context.Service<
  Totp,
  {
    /** Since when the account has one; undefined: it has none. */
    readonly since: (accountId: AccountId) => Effect.Effect<DateTime.Utc | undefined, DatabaseUnavailable>
    /** Makes a secret, which counts once it is confirmed. */
    readonly begin: (person: Person) => Effect.Effect<NewTotp, NotSignedIn | SecretsKeyMissing | DatabaseUnavailable>
    /** Stores the secret if the code is right. It takes the place of the one that there was when it was made. */
    readonly confirm: (
      person: Person,
      enrolment: string,
      code: string
    ) => Effect.Effect<void, CodeWrong | EnrolmentExpired | SecondFactorPresent | SecretsKeyMissing | ChangeProblem>
    /** False: there was none. */
    readonly remove: (person: Person) => Effect.Effect<boolean, LastWayIn | SecondFactorRequired | ChangeProblem>
    /**
     * Uses up a code, in the transaction around it: each works once, on one replica. False: it is wrong or was used. A secret whose
     * key has left SECRETS_KEY is a defect: only an admin can help.
     */
    readonly use: (accountId: AccountId, code: string) => Effect.Effect<boolean, SecretsKeyMissing | SqlError.SqlError>
  }
>()("fairground/accounts/factor/Totp") {
  static readonly layer = Layer.effect(
    Totp,
    Effect.gen(function* () {
      const factors = yield* Factors
      const secrets = yield* Secrets
      const repo = yield* TotpRepo.make
      const { databaseDeadline, publicUrl } = yield* Settings
      const retry = retryTransient(databaseDeadline)
      // People who run two installations must tell their codes apart. A port would be taken for the end of the issuer.
      const issuer = publicUrl === undefined ? "Fairground" : `Fairground (${new URL(publicUrl).hostname})`

      const read = Effect.fnUntraced(function* (person: Person, enrolment: string) {
        const bytes = Buffer.from(enrolment, "base64url")
        const opened = yield* secrets.open(enrolmentContextOf(person), bytes).pipe(
          Effect.map((text) => readEnrolment(Buffer.from(text).toString())),
          Effect.catchTag("SecretUnreadable", () => Effect.succeed(Option.none()))
        )
        if (Option.isNone(opened) || (yield* Clock.currentTimeMillis) >= opened.value.until) {
          return yield* new EnrolmentExpired({})
        }
        const { replaces, secret } = opened.value
        return {
          secret: Buffer.from(secret, "base64url"),
          replaces: replaces === null ? null : Buffer.from(replaces, "base64url")
        }
      })

      return Totp.of({
        since: Effect.fn("Totp.since")((accountId) =>
          Effect.map(retry(repo.find(accountId)), (found) => found?.confirmedAt)
        ),
        begin: Effect.fn("Totp.begin")(function* (person) {
          const { email } = yield* factors.nameOf(person.accountId)
          const secret = randomBytes(secretBytes)
          const present = yield* retry(repo.find(person.accountId))
          const enrolment = writeEnrolment({
            secret: secret.toString("base64url"),
            until: (yield* Clock.currentTimeMillis) + enrolmentMillis,
            replaces: present === undefined ? null : digestOf(present.secret).toString("base64url")
          })
          const sealed = yield* secrets.seal(enrolmentContextOf(person), Buffer.from(enrolment))
          return {
            secret: base32(secret),
            uri: otpauthUri(issuer, email, secret),
            enrolment: Buffer.from(sealed).toString("base64url")
          }
        }),
        confirm: Effect.fn("Totp.confirm")(function* (person, enrolment, code) {
          const { replaces, secret } = yield* read(person, enrolment)
          const step = stepOf(secret, code, yield* Clock.currentTimeMillis)
          if (step === undefined) return yield* new CodeWrong({})
          const sealed = yield* secrets.seal(contextOf(person.accountId), secret)
          yield* factors.change(
            person,
            Effect.fnUntraced(function* ({ account, enrolled, tell }) {
              const isStored = yield* repo.store(person.accountId, sealed, step, replaces)
              if (!isStored) return yield* new SecondFactorPresent({})
              yield* enrolled("totp")
              yield* tell({ _tag: account.totp ? "TotpReplaced" : "TotpAdded" })
              return account.totp
            }),
            (isReplaced) => ({
              action: "account.totp-set-up",
              target: { kind: "account", id: person.accountId },
              details: { isReplaced }
            })
          )
        }),
        remove: Effect.fn("Totp.remove")((person) =>
          factors.change(
            person,
            Effect.fnUntraced(function* ({ account, lost, mayLose, tell }) {
              if (!account.totp) return false
              yield* mayLose("totp")
              yield* repo.remove(person.accountId)
              yield* lost
              yield* tell({ _tag: "TotpRemoved" })
              return true
            }),
            (isRemoved) =>
              isRemoved
                ? { action: "account.totp-remove", target: { kind: "account", id: person.accountId } }
                : undefined
          )
        ),
        use: Effect.fn("Totp.use")(function* (accountId, code) {
          const found = yield* repo.find(accountId)
          if (found === undefined) return false
          const secret = yield* Effect.catchTag(
            secrets.open(contextOf(accountId), found.secret),
            "SecretUnreadable",
            Effect.die
          )
          const step = stepOf(secret, code, yield* Clock.currentTimeMillis)
          if (step === undefined) return false
          const sealed = secrets.isOld(found.secret) ? yield* secrets.seal(contextOf(accountId), secret) : found.secret
          return yield* repo.use(accountId, step, found.secret, sealed)
        })
      })
    })
  )
}
