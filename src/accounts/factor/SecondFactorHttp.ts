import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { CurrentActor } from "../../platform/contract/Access.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { cookieOf, setCookie } from "../access/Cookies.ts"
import { attemptLifetime } from "../attempt/BrowserAttempts.ts"
import { answering, browserOf } from "../session/EntryHttp.ts"
import { personOf } from "../session/SignIn.ts"
import { Passkeys } from "./Passkeys.ts"
import { PasskeySignIn } from "./PasskeySignIn.ts"
import { relyingParty } from "./RelyingParty.ts"
import { type Proof, SecondFactor } from "./SecondFactor.ts"
import { SecondFactorApi } from "./SecondFactorApi.ts"

export const layer = Handlers.group(
  contractOf(SecondFactorApi),
  "secondFactor",
  Effect.fnUntraced(function* (handlers) {
    const answer = yield* answering
    const passkeys = yield* Passkeys
    const signIn = yield* PasskeySignIn
    const secondFactor = yield* SecondFactor
    const partyOf = relyingParty((yield* Settings).publicUrl)

    const request = HttpServerRequest.HttpServerRequest
    const tokenOf = (name: "attempt" | "step") => Effect.map(request, (sent) => cookieOf(sent, name))
    const browser = Effect.map(request, browserOf)
    const party = Effect.flatMap(request, partyOf)

    return handlers.handleAll({
      prove: Effect.fnUntraced(function* ({ payload }) {
        const proof: Proof =
          "code" in payload
            ? { _tag: "Totp", code: payload.code.replaceAll(/\s/g, "") }
            : "recoveryCode" in payload
              ? { _tag: "RecoveryCode", code: payload.recoveryCode }
              : {
                  _tag: "Passkey",
                  response: payload.passkey,
                  token: yield* tokenOf("attempt"),
                  party: yield* party
                }
        return yield* answer(yield* secondFactor.prove(yield* browser, proof))
      }),
      options: Effect.fnUntraced(function* ({ payload }) {
        const owner =
          payload.purpose === "sign-in" ? {} : { accountId: yield* secondFactor.accountOf(yield* tokenOf("step")) }
        const { options, token } = yield* passkeys.ask({ purpose: "passkey-sign-in", ...owner }, yield* party)
        yield* setCookie("attempt", token, attemptLifetime)
        return options
      }),
      signIn: Effect.fnUntraced(function* ({ payload }) {
        return yield* answer(
          yield* signIn.signIn(yield* browser, yield* tokenOf("attempt"), payload.passkey, yield* party)
        )
      }),
      confirmationOptions: Effect.fnUntraced(function* () {
        const person = yield* personOf(yield* CurrentActor)
        const { options, token } = yield* passkeys.ask({ purpose: "passkey-confirmation", ...person }, yield* party)
        yield* setCookie("attempt", token, attemptLifetime)
        return options
      }),
      confirm: Effect.fnUntraced(function* ({ payload }) {
        const person = yield* personOf(yield* CurrentActor)
        return yield* answer(
          yield* signIn.confirm(person, yield* browser, yield* tokenOf("attempt"), payload.passkey, yield* party)
        )
      })
    })
  })
)
