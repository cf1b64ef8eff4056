import { DateTime, Effect, Option, Redacted, Schema } from "effect"
import type { HttpRouter } from "effect/http"
import { normalise } from "../../players/Email.ts"
import { AccountName, Language } from "../Account.ts"
import { PasskeyId } from "../factor/Passkey.ts"
import { Passkeys } from "../factor/Passkeys.ts"
import { qrSvg } from "../factor/QrCode.ts"
import { RecoveryCodes } from "../factor/RecoveryCodes.ts"
import { Totp } from "../factor/Totp.ts"
import { ApiKeyId } from "../key/ApiKey.ts"
import { ApiKeys } from "../key/ApiKeys.ts"
import { Links } from "../Links.ts"
import { EmailChanges } from "../own/EmailChanges.ts"
import { OwnAccounts } from "../own/OwnAccounts.ts"
import { Permissions } from "../Permissions.ts"
import { OwnSessions } from "../session/OwnSessions.ts"
import { SessionId } from "../session/Session.ts"
import { keyMadePage, keysPage, profilePage, type Said, sessionsPage } from "./AccountPages.ts"
import { browserName } from "./BrowserName.ts"
import { recoveryCodesPage, securityPage, totpAgainPage, totpPage } from "./SecurityPages.ts"
import { type OwnPage, part, type Routes, troubleOf } from "./Routes.ts"
import type { Sso } from "./SsoRoutes.ts"
import { redirect } from "./Visit.ts"

const decodeChange = Schema.decodeUnknownOption(Schema.Struct({ name: AccountName, language: Language }))
const decodeSession = Schema.decodeUnknownOption(SessionId)
const decodePasskey = Schema.decodeUnknownOption(PasskeyId)
const decodeKey = Schema.decodeUnknownOption(ApiKeyId)

/** What a redirect back to a page says. */
const saidOf = ({ visit, words }: OwnPage): Said => {
  switch (visit.query.get("said")) {
    case null:
      return {}
    case "saved":
      return { said: words.saved }
    case "password":
      return { said: words.passwordChanged }
    case "email":
      return { said: words.emailSent }
    case "ended":
      return { said: words.ended }
    case "revoked":
      return { said: words.keyRevoked }
    default:
      return {}
  }
}

/** One's own account: profile, security, sessions and keys. */
export const add = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, routes: Routes, sso: Sso) {
  const accounts = yield* OwnAccounts
  const emails = yield* EmailChanges
  const ownSessions = yield* OwnSessions
  const totp = yield* Totp
  const passkeys = yield* Passkeys
  const codes = yield* RecoveryCodes
  const keys = yield* ApiKeys
  const links = yield* Links
  const permissions = yield* Permissions
  const { factorsOf, localOf, own, ownSent, sensitive } = routes

  /** Shows the page again with what went wrong. */
  const again =
    <E, R>(page: OwnPage, show: (said: Said) => Effect.Effect<ReturnType<OwnPage["show"]>, E, R>) =>
    (error: unknown) => {
      const trouble = troubleOf(page.words, error)
      return trouble === undefined ? Effect.die(error) : show({ problem: trouble.text, status: trouble.status })
    }

  const profile = (page: OwnPage, said: Said) => Effect.succeed(page.show(profilePage(page, said)))

  yield* router.add(
    "GET",
    "/account",
    own((page) => profile(page, saidOf(page)))
  )
  yield* router.add(
    "POST",
    "/account",
    ownSent((page, form) => {
      const change = decodeChange({ name: form.get("name").trim(), language: form.get("language") })
      if (Option.isNone(change)) return profile(page, { problem: page.words.badName, status: 400 })
      const version = Number(form.get("version"))
      return accounts
        .change(page.person, change.value, Number.isSafeInteger(version) && version > 0 ? version : null)
        .pipe(
          Effect.map(() => redirect("/account?said=saved")),
          Effect.catchTag(
            "ChangedMeanwhile",
            again(page, (said) => profile(page, said))
          )
        )
    })
  )
  yield* router.add(
    "POST",
    "/account/email",
    sensitive("/account", (page, form) => {
      const email = form.get("email").trim()
      if (Option.isNone(normalise(email))) return profile(page, { problem: page.words.badEmail, status: 400 })
      return emails.ask(page.person, email).pipe(
        Effect.map(() => redirect("/account?said=email")),
        Effect.catchTag(
          ["TooManyRequests", "SecretsKeyMissing"],
          again(page, (said) => profile(page, said))
        )
      )
    })
  )

  const security = Effect.fnUntraced(function* (page: OwnPage, said: Said) {
    const { accountId } = page.person
    const at = localOf(page)
    const [factors, list] = yield* Effect.all([factorsOf(page.person), passkeys.list(accountId)])
    return page.show(
      securityPage(
        page,
        {
          hasTotp: factors.totp,
          recoveryCodes: factors.recoveryCodes,
          passkeys: list.map(({ id, lastUsedAt, name }) => ({ id, name, lastUsed: at(lastUsedAt) })),
          ...(yield* sso.identities(page))
        },
        said
      )
    )
  })

  yield* router.add(
    "GET",
    "/account/security",
    own((page) => security(page, saidOf(page)))
  )
  yield* router.add(
    "POST",
    "/account/password",
    sensitive("/account/security", (page, form) =>
      accounts
        .changePassword(page.person, Redacted.make(form.get("current")), Redacted.make(form.get("password")))
        .pipe(
          Effect.map(() => redirect("/account/security?said=password")),
          Effect.catch(again(page, (said) => security(page, said)))
        )
    )
  )
  yield* router.add(
    "POST",
    "/account/totp",
    sensitive("/account/security", (page) =>
      totp.begin(page.person).pipe(
        Effect.map((made) => page.show(totpPage(page.words, { ...made, qrCode: qrSvg(made.uri) }))),
        Effect.catchTag(
          "SecretsKeyMissing",
          again(page, (said) => security(page, said))
        )
      )
    )
  )
  yield* router.add(
    "POST",
    "/account/totp/confirm",
    sensitive("/account/security", (page, form) => {
      const enrolment = form.get("enrolment")
      return totp.confirm(page.person, enrolment, form.get("code").replaceAll(/\s/g, "")).pipe(
        Effect.map(() => redirect("/account/security?said=saved")),
        Effect.catchTag(
          "CodeWrong",
          again(page, (said) => Effect.succeed(page.show(totpAgainPage(page.words, enrolment, said))))
        ),
        Effect.catchTag(["EnrolmentExpired", "SecondFactorPresent"], () =>
          Effect.succeed(
            page.say(
              page.words.totpTitle,
              page.words.secondExpired,
              { href: "/account/security", label: page.words.goOn },
              410
            )
          )
        )
      )
    })
  )
  yield* router.add(
    "POST",
    "/account/totp/remove",
    sensitive("/account/security", (page) =>
      totp.remove(page.person).pipe(
        Effect.map(() => redirect("/account/security?said=saved")),
        Effect.catchTag(
          ["LastWayIn", "SecondFactorRequired"],
          again(page, (said) => security(page, said))
        )
      )
    )
  )
  yield* router.add(
    "POST",
    "/account/recovery-codes",
    sensitive("/account/security", (page) =>
      codes.renew(page.person).pipe(
        Effect.map((made) => page.show(recoveryCodesPage(page.words, made))),
        Effect.catchTag("SecondFactorAbsent", () => Effect.succeed(redirect("/account/security")))
      )
    )
  )
  yield* router.add(
    "POST",
    "/account/passkeys/:id/remove",
    sensitive("/account/security", (page) =>
      Effect.gen(function* () {
        const id = decodePasskey(yield* part("id"))
        if (Option.isSome(id)) yield* passkeys.remove(page.person, id.value)
        return redirect("/account/security?said=saved")
      }).pipe(
        Effect.catchTag("PasskeyNotFound", () => Effect.succeed(redirect("/account/security"))),
        Effect.catchTag(
          ["LastWayIn", "SecondFactorRequired"],
          again(page, (said) => security(page, said))
        )
      )
    )
  )

  yield* router.add(
    "GET",
    "/account/sessions",
    own((page) =>
      Effect.map(ownSessions.list(page.person.accountId), (list) => {
        const at = localOf(page)
        return page.show(
          sessionsPage(
            page,
            list.map(({ address, authenticatedAt, id, lastSeenAt, userAgent }) => ({
              id,
              isCurrent: id === page.person.sessionId,
              what: `${browserName(userAgent)}${address === null ? "" : `, ${address}`}`,
              since: at(authenticatedAt),
              lastSeen: at(lastSeenAt)
            })),
            saidOf(page)
          )
        )
      })
    )
  )
  yield* router.add(
    "POST",
    "/account/sessions/end-others",
    ownSent((page) => Effect.as(ownSessions.endOthers(page.person), redirect("/account/sessions?said=ended")))
  )
  yield* router.add(
    "POST",
    "/account/sessions/:id/end",
    ownSent((page) =>
      Effect.gen(function* () {
        const id = decodeSession(yield* part("id"))
        if (Option.isSome(id)) yield* ownSessions.end(page.person, id.value)
        return redirect("/account/sessions?said=ended")
      }).pipe(Effect.catchTag("SessionNotFound", () => Effect.succeed(redirect("/account/sessions"))))
    )
  )

  const scopes = (page: OwnPage) =>
    permissions.filter(({ name }) => page.actor.permissions.has(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1))

  const keyList = Effect.fnUntraced(function* (page: OwnPage, said: Said) {
    const at = localOf(page)
    const { items } = yield* keys.list({ limit: 100 }, page.actor).pipe(
      // Of one's own keys there is always a list.
      Effect.catchTag(["AccountNotFound", "NotPermitted"], Effect.die)
    )
    return page.show(
      keysPage(
        page,
        items.map(({ expiresAt, hint, id, lastUsedAt, name, scopes: own }) => ({
          id,
          name,
          hint,
          scopes: own,
          lastUsed: at(lastUsedAt),
          ends: expiresAt === null ? undefined : at(expiresAt)
        })),
        scopes(page),
        said
      )
    )
  })

  yield* router.add(
    "GET",
    "/account/keys",
    own((page) => keyList(page, saidOf(page)))
  )
  yield* router.add(
    "POST",
    "/account/keys",
    sensitive("/account/keys", (page, form) =>
      Effect.gen(function* () {
        const { words } = page
        // A key has no second factor: made without the one that is owed, it would be a way around it.
        if (page.owes) return yield* keyList(page, { problem: words.owesSecondFactor, status: 403 })
        const chosen = form.all("scope")
        const name = Schema.decodeUnknownOption(AccountName)(form.get("name").trim())
        if (Option.isNone(name)) return yield* keyList(page, { problem: words.badName, status: 400 })
        if (chosen.length === 0) return yield* keyList(page, { problem: words.nothingChosen, status: 400 })
        const days = form.get("days")
        const expiresAt = /^(?:30|90|365)$/.test(days)
          ? DateTime.add(yield* DateTime.now, { days: Number(days) })
          : undefined
        const made = yield* keys.make(
          { name: name.value, scopes: chosen, ...(expiresAt === undefined ? {} : { expiresAt }) },
          page.person.accountId
        )
        return page.show(
          keyMadePage(words, made.key, yield* links.page("/").pipe(Effect.map((url) => url.slice(0, -1))))
        )
      }).pipe(Effect.catchTag("NotPermitted", () => keyList(page, { problem: page.words.beyondRole, status: 403 })))
    )
  )
  yield* router.add(
    "POST",
    "/account/keys/:id/revoke",
    ownSent((page) =>
      Effect.gen(function* () {
        const id = decodeKey(yield* part("id"))
        if (Option.isSome(id)) yield* keys.revoke(id.value, page.actor)
        return redirect("/account/keys?said=revoked")
      }).pipe(Effect.catchTag(["KeyNotFound", "RoleTooHigh"], () => Effect.succeed(redirect("/account/keys"))))
    )
  )
})
