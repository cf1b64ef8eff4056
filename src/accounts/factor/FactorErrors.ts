import { Schema } from "effect"
import { Problem } from "../../platform/contract/Problem.ts"

/** 401: the second factor was not proven. */
export class SecondFactorFailed extends Problem<SecondFactorFailed>()(
  "SecondFactorFailed",
  {
    name: "second-factor-failed",
    status: 401,
    title: "The second factor is wrong",
    explanation:
      "The code is wrong, has expired or was used before, or the passkey is not one of this account. A code of an authenticator app works once. `attemptsLeft` says how often it may be tried before the sign-in begins anew."
  },
  {
    attemptsLeft: Schema.Int.annotate({ description: "How many tries this sign-in has left.", examples: [4] })
  }
) {}

/** 410: there is no sign-in that waits for a second factor. */
export class SignInExpired extends Problem<SignInExpired>()("SignInExpired", {
  name: "sign-in-expired",
  status: 410,
  title: "The sign-in has expired",
  explanation:
    "No sign-in of this browser waits for a second factor: it was begun more than five minutes ago, was tried five times, is done already, or was ended from elsewhere. Sign in again."
}) {}

/** 422: the code does not fit the secret that is being set up. */
export class CodeWrong extends Problem<CodeWrong>()("CodeWrong", {
  name: "code-wrong",
  status: 422,
  title: "The code is wrong",
  explanation:
    "The code is not the one that the authenticator app shows for this secret at this time. If it stays wrong, the clock of the device is off by more than half a minute. Nothing was stored."
}) {}

/** 410: the secret is not to be confirmed any more. */
export class EnrolmentExpired extends Problem<EnrolmentExpired>()("EnrolmentExpired", {
  name: "enrolment-expired",
  status: 410,
  title: "The new secret has expired",
  explanation:
    "The `enrolment` was made more than ten minutes ago, in another session, or not by this service. Ask for a new secret."
}) {}

/** 409: an authenticator app has been set up meanwhile. */
export class SecondFactorPresent extends Problem<SecondFactorPresent>()("SecondFactorPresent", {
  name: "second-factor-present",
  status: 409,
  title: "Another authenticator app was set up meanwhile",
  explanation:
    "Since this secret was made, the account's authenticator app was set up or replaced, and confirming would replace it without a word. If that is wanted, ask for a new secret."
}) {}

/** 409: recovery codes stand for a second factor, and the account has none. */
export class SecondFactorAbsent extends Problem<SecondFactorAbsent>()("SecondFactorAbsent", {
  name: "second-factor-absent",
  status: 409,
  title: "The account has no second factor",
  explanation:
    "Recovery codes help whoever has lost their second factor. Set up an authenticator app or a passkey first."
}) {}

/** 409: nobody could sign in to the account without it. */
export class LastWayIn extends Problem<LastWayIn>()("LastWayIn", {
  name: "last-way-in",
  status: 409,
  title: "This is the last way into the account",
  explanation:
    "The account has no password, no other passkey and no account at an identity provider, so nobody could sign in without this. Add another way first."
}) {}

/** 422: the passkey cannot be added. */
export class PasskeyRefused extends Problem<PasskeyRefused>()(
  "PasskeyRefused",
  {
    name: "passkey-refused",
    status: 422,
    title: "The passkey was refused",
    explanation:
      "`reason` says why: `expired` (the request for it is older than ten minutes, was answered before, or belongs to another browser or session), `known` (the passkey is in use already), `too-many` (the account has twenty), or `invalid` (it does not answer this request, was made for another address, or did not verify the person by a PIN, a finger or a face). Nothing was stored."
  },
  {
    reason: Schema.Literals(["expired", "known", "too-many", "invalid"]).annotate({
      description: "Why it was refused.",
      examples: ["expired"]
    })
  }
) {}

/** 404: the account has no such passkey. */
export class PasskeyNotFound extends Problem<PasskeyNotFound>()("PasskeyNotFound", {
  name: "passkey-not-found",
  status: 404,
  title: "There is no such passkey",
  explanation: "The account has no passkey with the id in the path. Those of others are answered alike."
}) {}

/** 501: passkeys belong to a host name, and the service does not know its own. */
export class PasskeysUnavailable extends Problem<PasskeysUnavailable>()("PasskeysUnavailable", {
  name: "passkeys-unavailable",
  status: 501,
  title: "Passkeys need PUBLIC_URL",
  explanation:
    "Passkeys belong to a host name. Without `PUBLIC_URL` the service knows none, so passkeys work on pages from `http://localhost` only (not from `127.0.0.1` or another address). The operator sets `PUBLIC_URL` to the address that people open."
}) {}
