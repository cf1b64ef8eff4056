import { Clock, Context, Effect, Layer, type Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import { Mail } from "../../mail/Mail.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { uuidV7At } from "../../platform/Ids.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { keyOf } from "../../players/Email.ts"
import { AccountId, AccountName, type Method } from "../Account.ts"
import { Factors } from "../factor/Factors.ts"
import { tell } from "../factor/FactorMails.ts"
import { Invitations } from "../invitation/Invitations.ts"
import { domainOf } from "../registration/Domains.ts"
import { type Browser, type Entered, Entry } from "../session/Entry.ts"
import type { Person } from "../session/SignIn.ts"
import type { Claims } from "./IdentityProviders.ts"
import { IdentityId } from "./Identity.ts"
import type { SsoConnection } from "./SsoConnections.ts"
import { SsoEnded } from "./SsoErrors.ts"
import * as SsoRepo from "./SsoRepo.ts"

const refused = (reason: string) => new SsoEnded({ problem: "sso-refused", reason })
const notLinked = (reason: string) => new SsoEnded({ problem: "sso-not-linked", reason })

/** Somebody else has just made what was to be made. */
class Raced extends Schema.TaggedError<Raced>()("Raced", {}) {}

const isName = Schema.is(AccountName)

/** What accounts are called whose provider tells no name that could be shown. */
const nameOf = ({ email, name }: Claims): string =>
  name !== null && isName(name) ? name : email !== null && isName(email) ? email : "Unnamed"

const methodOf = ({ isTrusted }: SsoConnection): Method => (isTrusted ? "sso-trusted" : "sso")

type Ended = SsoEnded | DatabaseUnavailable

/** What a proof of an identity provider is good for. */
export class SsoEntry extends Context.Service<
  SsoEntry,
  {
    /**
     * An identity that is linked signs in. Another one is linked first, where the provider has proven an address of the connection's
     * domains, and an account has the same address, proven too, and no second factor: that one is linked by its owner, signed in, or
     * a provider could step over it. Where the connection provisions accounts, one is made for an address that nobody has.
     */
    readonly signIn: (connection: SsoConnection, claims: Claims, browser: Browser) => Effect.Effect<Entered, Ended>
    /** Makes the account of an invitation, whose link has proven the mailbox, with the identity to get in with. */
    readonly accept: (
      connection: SsoConnection,
      claims: Claims,
      invitation: Redacted.Redacted<string> | null,
      browser: Browser
    ) => Effect.Effect<Entered, Ended>
    /** The person of a session proves who they are by an identity of their own. */
    readonly confirm: (
      connection: SsoConnection,
      claims: Claims,
      person: Person,
      browser: Browser
    ) => Effect.Effect<Entered, Ended>
    readonly link: (connection: SsoConnection, claims: Claims, person: Person) => Effect.Effect<void, Ended>
  }
>()("fairground/accounts/sso/SsoEntry") {
  static readonly layer = Layer.effect(
    SsoEntry,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const audit = yield* Audit
      const entry = yield* Entry
      const factors = yield* Factors
      const invitations = yield* Invitations
      const mail = yield* Mail
      const repo = yield* SsoRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      /** Ids are made before the transaction, so that one whose outcome was lost can be tried again. */
      const newIds = Effect.map(Clock.currentTimeMillis, (now) => ({
        accountId: AccountId.make(uuidV7At(now)),
        identityId: IdentityId.make(uuidV7At(now))
      }))

      const once = <A, E>(work: Effect.Effect<A, E>) => work.pipe(sql.withTransaction, inOrder, retry)

      /** The row of an identity, and its entry in the audit log. */
      const add = Effect.fnUntraced(function* (
        connection: SsoConnection,
        claims: Claims,
        id: IdentityId,
        accountId: AccountId
      ) {
        const { email, issuer, subject } = claims
        if (!(yield* repo.insert({ id, accountId, connection: connection.name, issuer, subject, email }))) {
          return yield* new Raced()
        }
        yield* audit.record({
          action: "identity.add",
          accountId,
          target: { kind: "identity", id },
          details: { connection: connection.name }
        })
      })

      /** The account of an identity that nobody has linked. */
      const firstTime = Effect.fnUntraced(function* (
        connection: SsoConnection,
        claims: Claims,
        { accountId, identityId }: Effect.Success<typeof newIds>
      ) {
        const { verifiedEmail } = claims
        if (verifiedEmail === null) return yield* notLinked("email-unverified")
        const emailKey = keyOf(verifiedEmail)
        if (!connection.domains.has(domainOf(emailKey))) return yield* notLinked("domain")
        const account = yield* repo.byEmail(emailKey)
        if (account !== undefined) {
          if (account.isDisabled) return yield* refused("disabled")
          if (!account.isProven) return yield* notLinked("email-unproven")
          if (yield* repo.hasSecondFactor(account.id)) return yield* notLinked("second-factor")
          yield* add(connection, claims, identityId, account.id)
          yield* tell(mail, account, { _tag: "IdentityAdded", title: connection.title }, identityId)
          return account.id
        }
        const { provision } = connection
        if (provision === null) return yield* notLinked("no-account")
        const name = nameOf(claims)
        const row = { id: accountId, email: verifiedEmail, emailKey, name, role: provision }
        if (!(yield* repo.insertAccount(row))) return yield* new Raced()
        yield* audit.record({
          action: "account.provision",
          accountId,
          target: { kind: "account", id: accountId },
          details: { role: provision, connection: connection.name }
        })
        yield* add(connection, claims, identityId, accountId)
        return accountId
      })

      return SsoEntry.of({
        signIn: Effect.fn("SsoEntry.signIn")(function* (connection, claims, browser) {
          const ids = yield* newIds
          const enter = Effect.gen(function* () {
            const found = yield* repo.hold(claims.issuer, claims.subject)
            if (found?.isDisabled === true) return yield* refused("disabled")
            if (found !== undefined && !(yield* repo.touch(found.identityId, connection.name, claims.email))) {
              return yield* new Raced()
            }
            const accountId = found?.accountId ?? (yield* firstTime(connection, claims, ids))
            const entered = yield* entry.enter(accountId, [methodOf(connection)], browser)
            // A browser that the provider has known since this morning proves nothing anew.
            if (entered._tag === "Session" && claims.authenticatedAt !== null) {
              yield* repo.dateBack(entered.id, claims.authenticatedAt)
            }
            return entered
          })
          return yield* Effect.retry(once(enter), { while: ({ _tag }) => _tag === "Raced", times: 3 }).pipe(
            Effect.catchTag("Raced", () => Effect.fail(new SsoEnded({ problem: "sso-failed", reason: "raced" })))
          )
        }),
        accept: Effect.fn("SsoEntry.accept")(function* (connection, claims, invitation, browser) {
          if (invitation === null) return yield* refused("no-invitation")
          const { accountId, identityId } = yield* newIds
          return yield* once(
            Effect.gen(function* () {
              yield* invitations.acceptAs(invitation, { accountId, name: nameOf(claims) })
              yield* add(connection, claims, identityId, accountId)
              return yield* entry.enter(accountId, ["invitation", methodOf(connection)], browser)
            })
          ).pipe(
            Effect.catchTags({
              EmailTaken: () => Effect.fail(refused("email-taken")),
              LinkExpired: () => Effect.fail(refused("invitation-expired")),
              Raced: () => Effect.fail(refused("identity-taken"))
            })
          )
        }),
        confirm: Effect.fn("SsoEntry.confirm")(function* (connection, claims, { accountId, sessionId }, browser) {
          return yield* once(
            Effect.gen(function* () {
              const found = yield* repo.hold(claims.issuer, claims.subject)
              if (found?.accountId !== accountId || found.isDisabled) return yield* refused("other-account")
              if (!(yield* repo.touch(found.identityId, connection.name, claims.email))) {
                return yield* refused("other-account")
              }
              return yield* entry.enter(accountId, [methodOf(connection)], browser, sessionId)
            })
          )
        }),
        link: Effect.fn("SsoEntry.link")(function* (connection, claims, person) {
          const { identityId } = yield* newIds
          yield* factors
            .change(
              person,
              Effect.fnUntraced(function* ({ tell }) {
                const found = yield* repo.hold(claims.issuer, claims.subject)
                // Linked already, which is what was wanted.
                if (found?.accountId === person.accountId) return
                yield* add(connection, claims, identityId, person.accountId)
                yield* tell({ _tag: "IdentityAdded", title: connection.title })
              }),
              () => undefined
            )
            .pipe(
              Effect.catchTags({
                Raced: () => Effect.fail(refused("identity-taken")),
                NotSignedIn: () => Effect.fail(new SsoEnded({ problem: "sso-failed", reason: "session-ended" })),
                ReauthenticationRequired: () =>
                  Effect.fail(new SsoEnded({ problem: "sso-refused", reason: "second-factor" }))
              })
            )
        })
      })
    })
  )
}
