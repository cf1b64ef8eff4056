import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { CurrentActor } from "../../platform/contract/Access.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { cookieOf, expireCookie, setCookie } from "../access/Cookies.ts"
import { AccountId } from "../Account.ts"
import { attemptLifetime } from "../attempt/BrowserAttempts.ts"
import { personOf } from "../session/SignIn.ts"
import { FactorsApi } from "./FactorsApi.ts"
import { Passkeys } from "./Passkeys.ts"
import { qrSvg } from "./QrCode.ts"
import { few, RecoveryCodes } from "./RecoveryCodes.ts"
import { relyingParty } from "./RelyingParty.ts"
import { Totp } from "./Totp.ts"

export const layer = Handlers.group(
  contractOf(FactorsApi),
  "factors",
  Effect.fnUntraced(function* (handlers) {
    const codes = yield* RecoveryCodes
    const passkeys = yield* Passkeys
    const totp = yield* Totp
    const partyOf = relyingParty((yield* Settings).publicUrl)

    const request = HttpServerRequest.HttpServerRequest
    const party = Effect.flatMap(request, partyOf)
    const person = Effect.flatMap(CurrentActor, personOf)
    const account = Effect.map(CurrentActor, ({ accountId }) => AccountId.make(accountId))

    return handlers.handleAll({
      totp: Effect.fnUntraced(function* () {
        return { since: (yield* totp.since(yield* account)) ?? null }
      }),
      beginTotp: Effect.fnUntraced(function* () {
        const begun = yield* totp.begin(yield* person)
        return { ...begun, qrCode: qrSvg(begun.uri) }
      }),
      confirmTotp: Effect.fnUntraced(function* ({ payload }) {
        yield* totp.confirm(yield* person, payload.enrolment, payload.code.replaceAll(/\s/g, ""))
      }),
      removeTotp: Effect.fnUntraced(function* () {
        yield* totp.remove(yield* person)
      }),
      recoveryCodes: Effect.fnUntraced(function* () {
        const left = yield* codes.left(yield* account)
        return { left, isFew: left <= few }
      }),
      renewRecoveryCodes: Effect.fnUntraced(function* () {
        return { codes: yield* codes.renew(yield* person) }
      }),
      passkeys: Effect.fnUntraced(function* () {
        return { items: yield* passkeys.list(yield* account) }
      }),
      passkeyOptions: Effect.fnUntraced(function* () {
        const { options, token } = yield* passkeys.askToRegister(yield* person, yield* party)
        yield* setCookie("attempt", token, attemptLifetime)
        return options
      }),
      addPasskey: Effect.fnUntraced(function* ({ payload }) {
        const token = cookieOf(yield* request, "attempt")
        const added = yield* passkeys.register(
          yield* person,
          token,
          { name: payload.name, response: payload.passkey },
          yield* party
        )
        yield* expireCookie("attempt")
        return added
      }),
      renamePasskey: Effect.fnUntraced(function* ({ params, payload }) {
        return yield* passkeys.rename(yield* person, params.id, payload.name)
      }),
      removePasskey: Effect.fnUntraced(function* ({ params }) {
        yield* passkeys.remove(yield* person, params.id)
      })
    })
  })
)
