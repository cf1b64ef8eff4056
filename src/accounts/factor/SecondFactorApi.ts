import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs, NotSignedIn } from "../../platform/contract/Access.ts"
import { bodyProblems, DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../../platform/contract/SecretsKeyMissing.ts"
import { getsIn } from "../access/GettingIn.ts"
import { Identity } from "../session/Session.ts"
import { SignInFailed } from "../session/SessionErrors.ts"
import { PasskeysUnavailable, SecondFactorFailed, SignInExpired } from "./FactorErrors.ts"
import { AssertionOptions, AssertionResponse } from "./Passkey.ts"

/** A code of an authenticator app, as people type it: `123456` or `123 456`. */
export const Code = Schema.String.check(
  Schema.isPattern(/^\s?\d{3}\s?\d{3}\s?$/, { message: "Expected the six digits of the authenticator app" })
).annotate({ description: "The six digits that the authenticator app shows.", examples: ["492039"] })

const RecoveryCode = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9\s-]{24,60}$/, { message: "Expected a recovery code of 24 letters and digits" })
).annotate({
  description: "A recovery code. Hyphens, spaces and capitals make no difference.",
  examples: ["ABCD-EFGH-IJKL-MNOP-QRST-UVWX"]
})

const Proof = Schema.Union([
  Schema.Struct({ code: Code }),
  Schema.Struct({ recoveryCode: RecoveryCode }),
  Schema.Struct({ passkey: AssertionResponse })
]).annotate({ identifier: "SecondFactorProof", description: "The second factor: one of the three." })

const WithPasskey = Schema.Struct({ passkey: AssertionResponse }).annotate({
  identifier: "PasskeyProof",
  description: "What a passkey has signed."
})

const OptionsFor = Schema.Struct({
  purpose: Schema.Literals(["sign-in", "second-factor"]).annotate({
    description:
      "`sign-in`: instead of address and password. `second-factor`: after the password, for the sign-in that this browser has begun.",
    examples: ["sign-in"]
  })
}).annotate({ identifier: "PasskeyOptionsRequest", description: "What the passkey is wanted for." })

const any = [TooManyRequests, DatabaseUnavailable] as const

const entered = Identity.pipe(HttpApiSchema.status(201))

const bound = "The challenge is bound to this browser by a cookie, and is good for ten minutes and one answer."

/** The second step of signing in, and signing in with a passkey. */
export class SecondFactorApi extends HttpApiGroup.make("secondFactor")
  .add(
    HttpApiEndpoint.post("prove", "/second-factor", {
      payload: Proof,
      success: entered,
      error: [
        SecondFactorFailed,
        NotSignedIn,
        SignInExpired,
        PasskeysUnavailable,
        SecretsKeyMissing,
        ...bodyProblems,
        DatabaseUnavailable
      ]
    })
      .annotate(OpenApi.Summary, "Prove the second factor")
      .annotate(
        OpenApi.Description,
        "The second step of a sign-in, or of its confirmation, that was answered with 202: five tries within five minutes, in the same browser. On success the session's cookie is set."
      )
      .pipe(getsIn),
    HttpApiEndpoint.post("options", "/passkey-options", {
      payload: OptionsFor,
      success: AssertionOptions,
      error: [SignInExpired, PasskeysUnavailable, ...bodyProblems, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Ask for a passkey")
      .annotate(OpenApi.Description, `Gives what \`navigator.credentials.get()\` needs. ${bound}`)
      .pipe(getsIn),
    HttpApiEndpoint.post("signIn", "/passkey", {
      payload: WithPasskey,
      success: entered,
      error: [SignInFailed, NotSignedIn, PasskeysUnavailable, ...bodyProblems, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Sign in with a passkey")
      .annotate(
        OpenApi.Description,
        "Signs in without address and password. Everything that is wrong with the passkey is answered alike. On success the session's cookie is set."
      )
      .pipe(getsIn),
    HttpApiEndpoint.post("confirmationOptions", "/confirmation/passkey-options", {
      success: AssertionOptions,
      error: [PasskeysUnavailable, ...any]
    })
      .annotate(OpenApi.Summary, "Ask for a passkey as confirmation")
      .annotate(
        OpenApi.Description,
        `For whoever is signed in and has to prove anew who they are. Gives what \`navigator.credentials.get()\` needs. ${bound}`
      )
      .pipe(needs("signed-in", { isSession: true })),
    HttpApiEndpoint.post("confirm", "/confirmation/passkey", {
      payload: WithPasskey,
      success: entered,
      error: [SignInFailed, PasskeysUnavailable, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Confirm a session with a passkey")
      .annotate(
        OpenApi.Description,
        "Proves anew who is signed in. The session gets a new token, and its cookie is set; the old one is dead."
      )
      .pipe(needs("signed-in", { isSession: true }))
  )
  .prefix("/api/v1/session")
  .annotate(OpenApi.Description, "The second step of signing in, and signing in with a passkey.") {}
