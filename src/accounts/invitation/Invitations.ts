import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import { Mail } from "../../mail/Mail.ts"
import { type Role, roles } from "../../platform/contract/Access.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import type { DatabaseUnavailable, Overloaded } from "../../platform/contract/Problems.ts"
import { newUuid } from "../../platform/Ids.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import type { SecretsKeyMissing } from "../../platform/contract/SecretsKeyMissing.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { keyOf } from "../../players/Email.ts"
import { AccountId } from "../Account.ts"
import { EmailTaken, LinkExpired } from "../AccountErrors.ts"
import * as AccountsRepo from "../AccountsRepo.ts"
import * as Authority from "../Authority.ts"
import { Links } from "../Links.ts"
import { RoleTooHigh } from "../ManagementErrors.ts"
import type { PasswordRefused } from "../password/PasswordErrors.ts"
import { Passwords } from "../password/Passwords.ts"
import { type Browser, type Entered, Entry } from "../session/Entry.ts"
import { hashOf, isWellFormed, makeToken } from "../Tokens.ts"
import { type Invitation, InvitationId, type NewInvitation } from "./Invitation.ts"
import { InvitationNotFound } from "./InvitationErrors.ts"
import * as InvitationMails from "./InvitationMails.ts"
import * as InvitationsRepo from "./InvitationsRepo.ts"

/** An invitation and the link that was just made for it, which is stored nowhere. */
export interface Sent {
  readonly invitation: Invitation
  readonly link: string
}

type Token = Redacted.Redacted<string>

const target = (id: string) => ({ kind: "invitation", id })

/**
 * How people come: by a link that was sent to an address, works once, and proves the mailbox if a mail took it there. The account
 * has the address and the role of the invitation, whoever opens the link. `by` is on whose word it is sent; an invitation stands only
 * while its sender may send it (`Accounts.change` revokes it otherwise).
 */
export class Invitations extends Context.Service<
  Invitations,
  {
    /** A page, newest first, expired ones included. */
    readonly list: (
      page: Paging.PageQuery<InvitationId>
    ) => Effect.Effect<Paging.Page<Invitation, InvitationId>, DatabaseUnavailable>
    /** Sends an invitation, in the place of an earlier one to the address, whose link does not work any more. */
    readonly invite: (
      invitation: NewInvitation,
      by: Authority.By
    ) => Effect.Effect<Sent, EmailTaken | RoleTooHigh | SecretsKeyMissing | DatabaseUnavailable>
    /**
     * Sends it again with a new link, which works as long as a new invitation's. Earlier links do not work any more. From then on it
     * stands on the word of `by`.
     */
    readonly resend: (
      id: InvitationId,
      by: Authority.By
    ) => Effect.Effect<Sent, InvitationNotFound | RoleTooHigh | SecretsKeyMissing | DatabaseUnavailable>
    readonly revoke: (
      id: InvitationId,
      by: Authority.By
    ) => Effect.Effect<void, InvitationNotFound | RoleTooHigh | DatabaseUnavailable>
    /** What the page of a link shows. Nothing is used up. */
    readonly lookup: (token: Token) => Effect.Effect<Invitation, LinkExpired | DatabaseUnavailable>
    /** Makes the account, and signs its person in. Of several at once one succeeds. */
    readonly accept: (
      token: Token,
      person: { readonly name: string; readonly password: Redacted.Redacted<string> },
      browser: Browser
    ) => Effect.Effect<Entered, EmailTaken | LinkExpired | PasswordRefused | Overloaded | DatabaseUnavailable>
    /**
     * For other ways of accepting, in the transaction around it: takes the invitation and makes its account, without anything to get
     * in with, which the caller stores. `accountId` is the caller's, so that a transaction whose outcome was lost can be tried again;
     * false: it had been done before.
     */
    readonly acceptAs: (
      token: Token,
      person: { readonly accountId: AccountId; readonly name: string }
    ) => Effect.Effect<boolean, EmailTaken | LinkExpired | SqlError.SqlError>
    /** Deletes a batch of those that expired 30 days ago. Returns its size; 0: none are left. */
    readonly removeExpired: Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/accounts/Invitations") {
  static readonly layer = Layer.effect(
    Invitations,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const accounts = yield* AccountsRepo.make
      const audit = yield* Audit
      const authority = yield* Authority.make
      const entry = yield* Entry
      const links = yield* Links
      const mail = yield* Mail
      const passwords = yield* Passwords
      const repo = yield* InvitationsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      /** Stores the mail. Without a mail server it is for the outbox only, which can do without where no secret can be kept. */
      const send = (invitation: Invitation, link: string, inviter: string | null, key: string) =>
        mail
          .store({
            key: `invitation ${key}`,
            to: invitation.email,
            letter: InvitationMails.invitation({ ...invitation, inviter }),
            link,
            about: target(invitation.id),
            expiresAt: invitation.expiresAt
          })
          .pipe((stored) => (mail.isSetUp ? stored : Effect.catchTag(stored, "SecretsKeyMissing", () => Effect.void)))

      /** Whoever invites, whose role nobody changes until the end of the transaction. */
      const inviterOf = Effect.fnUntraced(function* (by: Authority.By, ...over: ReadonlyArray<Role>) {
        if (by === "operator") return { name: null, language: "en" as const, over: roles }
        yield* accounts.keep([by])
        yield* authority.requireOver(by, "accounts:write", ...over)
        const account = yield* accounts.find(by)
        if (account === undefined) return yield* new RoleTooHigh({})
        return {
          name: account.name,
          language: account.language,
          over: roles.filter((role) => Authority.covers(account.role, role))
        }
      })

      const held = (id: InvitationId) =>
        Effect.filterOrFail(
          repo.lock(id),
          (found): found is Invitation => found !== undefined,
          () => new InvitationNotFound({})
        )

      const lookup = Effect.fn("Invitations.lookup")(function* (token: Token) {
        const text = Redacted.value(token)
        const found = isWellFormed("invitation", text) ? yield* retry(repo.byToken(hashOf(text))) : undefined
        return found ?? (yield* new LinkExpired({}))
      })

      const acceptAs = Effect.fn("Invitations.acceptAs")(function* (
        token: Token,
        { accountId, name }: { readonly accountId: AccountId; readonly name: string }
      ) {
        const taken = yield* repo.take(hashOf(Redacted.value(token)))
        if (taken === undefined) {
          if ((yield* accounts.find(accountId)) !== undefined) return false
          return yield* new LinkExpired({})
        }
        const { email, id, language, role } = taken
        const emailKey = keyOf(email)
        // Without a mail server the link was shown to whoever invites: it proves nothing, and an identity provider must not sign its
        // person in to an account whose password somebody else has chosen.
        const isProven = mail.isSetUp
        const isNew = yield* repo.insertAccount({ id: accountId, email, emailKey, name, role, language, isProven })
        if (!isNew) return yield* new EmailTaken({})
        yield* audit.record({
          action: "invitation.accept",
          accountId,
          target: { kind: "account", id: accountId },
          details: { invitation: id, role }
        })
        return true
      })

      return Invitations.of({
        list: Effect.fn("Invitations.list")(function* ({ after, limit = Paging.defaultLimit }) {
          return Paging.page(yield* retry(repo.list(after ?? null, limit + 1)), limit, ({ id }) => id)
        }),
        invite: Effect.fn("Invitations.invite")(function* ({ email, language, role }, by) {
          const id = InvitationId.make(yield* newUuid)
          const [token, emailKey] = [makeToken("invitation"), keyOf(email)]
          const [tokenHash, link] = [hashOf(token), yield* links.to("invitation", token)]
          const invitation = yield* audit
            .within(
              Effect.gen(function* () {
                const inviter = yield* inviterOf(by, role)
                if (yield* repo.isTaken(emailKey)) return yield* new EmailTaken({})
                const stored = yield* repo.upsert(
                  {
                    id,
                    email: email.trim(),
                    emailKey,
                    role,
                    language: language ?? inviter.language,
                    tokenHash,
                    invitedBy: by === "operator" ? null : by
                  },
                  inviter.over
                )
                if (stored !== undefined) yield* send(stored, link, inviter.name, id)
                const invitation = stored ?? (yield* repo.byToken(tokenHash))
                return invitation === undefined
                  ? yield* new RoleTooHigh({})
                  : { invitation, isNew: stored !== undefined }
              }),
              ({ invitation, isNew }) =>
                isNew ? { action: "invitation.create", target: target(invitation.id), details: { role } } : undefined
            )
            .pipe(
              retry,
              Effect.map((sent) => sent.invitation)
            )
          return { invitation, link }
        }),
        resend: Effect.fn("Invitations.resend")(function* (id, by) {
          const [token, key] = [makeToken("invitation"), yield* newUuid]
          const [tokenHash, link] = [hashOf(token), yield* links.to("invitation", token)]
          const invitation = yield* audit
            .within(
              Effect.gen(function* () {
                const inviter = yield* inviterOf(by)
                const found = yield* held(id)
                yield* authority.requireOver(by, "accounts:write", found.role)
                const renewed = yield* repo.renew(id, tokenHash, by === "operator" ? null : by)
                if (renewed !== undefined) yield* send(renewed, link, inviter.name, key)
                return { invitation: renewed ?? found, isNew: renewed !== undefined }
              }),
              ({ isNew }) => (isNew ? { action: "invitation.resend", target: target(id) } : undefined)
            )
            .pipe(
              retry,
              Effect.map((sent) => sent.invitation)
            )
          return { invitation, link }
        }),
        revoke: Effect.fn("Invitations.revoke")((id, by) =>
          audit
            .within(
              Effect.gen(function* () {
                yield* inviterOf(by)
                const found = yield* held(id)
                yield* authority.requireOver(by, "accounts:write", found.role)
                yield* repo.remove(id)
                return found
              }),
              ({ role }) => ({ action: "invitation.revoke", target: target(id), details: { role } })
            )
            .pipe(retry, Effect.asVoid)
        ),
        lookup,
        accept: Effect.fn("Invitations.accept")(function* (token, { name, password }, browser) {
          const { email } = yield* lookup(token)
          yield* passwords.check(password, { email, name })
          const hash = yield* passwords.hash(password)
          const accountId = AccountId.make(yield* newUuid)
          return yield* Effect.gen(function* () {
            if (yield* acceptAs(token, { accountId, name })) yield* passwords.store(accountId, hash)
            return yield* entry.enter(accountId, ["invitation"], browser)
          }).pipe(sql.withTransaction, inOrder, retry)
        }),
        acceptAs,
        removeExpired: retry(repo.removeExpired("30 days", 1000)).pipe(Effect.withSpan("Invitations.removeExpired"))
      })
    })
  )
}
