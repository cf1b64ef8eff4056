import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs, SecondFactorRequired } from "../../platform/contract/Access.ts"
import * as Moment from "../../platform/contract/Moment.ts"
import { bodyProblems, DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../../platform/contract/SecretsKeyMissing.ts"
import {
  CodeWrong,
  EnrolmentExpired,
  LastWayIn,
  PasskeyNotFound,
  PasskeyRefused,
  PasskeysUnavailable,
  SecondFactorAbsent,
  SecondFactorPresent
} from "./FactorErrors.ts"
import { PasskeyFacts, PasskeyId, PasskeyName, RegistrationOptions, RegistrationResponse } from "./Passkey.ts"
import { Code } from "./SecondFactorApi.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const
const recent = { isRecent: true }

const TotpState = Schema.Struct({
  since: Moment.toClientOrNull(
    "Since when the account has an authenticator app; null: it has none.",
    "2026-11-20T10:00:00.000Z"
  )
}).annotate({ identifier: "Totp", description: "Whether the account has an authenticator app." })

const NewTotp = Schema.Struct({
  secret: Schema.String.annotate({
    description: "The secret in base32, to type into an app. It is shown only now.",
    examples: ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"]
  }),
  uri: Schema.String.annotate({
    description: "The same as a link that opens an app on this device.",
    examples: [
      "otpauth://totp/Fairground:nora%40shop.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Fairground&algorithm=SHA1&digits=6&period=30"
    ]
  }),
  qrCode: Schema.String.annotate({
    description: "The link as a QR code: an SVG image.",
    examples: ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 41 41"></svg>']
  }),
  enrolment: Schema.String.annotate({
    description: "Send it back with the first code, within ten minutes and in this session. It is opaque.",
    examples: ["AZ0xq3Jb"]
  })
}).annotate({
  identifier: "NewTotp",
  description: "A secret for an authenticator app, which counts once it is confirmed."
})

const TotpConfirmation = Schema.Struct({
  enrolment: Schema.String.check(
    Schema.isPattern(/^[\w-]{1,2000}$/, { message: "Expected the `enrolment` of the answer" })
  ).annotate({ description: "As it came with the secret.", examples: ["AZ0xq3Jb"] }),
  code: Code
}).annotate({ identifier: "TotpConfirmation", description: "The first code of the app." })

const RecoveryCodesState = Schema.Struct({
  left: Schema.Int.annotate({ description: "How many codes are left.", examples: [8] }),
  isFew: Schema.Boolean.annotate({
    description: "Whether there are so few that new ones should be made.",
    examples: [false]
  })
}).annotate({ identifier: "RecoveryCodesState", description: "How many recovery codes the account has." })

const NewRecoveryCodes = Schema.Struct({
  codes: Schema.Array(Schema.String).annotate({
    description: "Ten codes. They are shown only now. Each works once, in place of the second factor.",
    examples: [["ABCD-EFGH-IJKL-MNOP-QRST-UVWX"]]
  })
}).annotate({ identifier: "NewRecoveryCodes", description: "Recovery codes, to be printed or kept in a safe place." })

const PasskeyList = Schema.Struct({
  items: Schema.Array(PasskeyFacts).annotate({ description: "Oldest first; twenty at most." })
}).annotate({ identifier: "PasskeyList", description: "The account's passkeys." })

const NewPasskey = Schema.Struct({ name: PasskeyName, passkey: RegistrationResponse }).annotate({
  identifier: "NewPasskey",
  description: "A passkey that the browser has made."
})

const PasskeyChange = Schema.Struct({ name: PasskeyName }).annotate({
  identifier: "PasskeyChange",
  description: "A new name."
})

const params = { id: PasskeyId }

/** What a person does with the second factors of their own account. */
export class FactorsApi extends HttpApiGroup.make("factors")
  .add(
    HttpApiEndpoint.get("totp", "/totp", { success: TotpState, error: any })
      .annotate(OpenApi.Summary, "Show whether an authenticator app is set up")
      .annotate(OpenApi.Description, "Says since when the account has an authenticator app.")
      .pipe(needs("signed-in")),
    HttpApiEndpoint.post("beginTotp", "/totp", {
      success: NewTotp.pipe(HttpApiSchema.status(201)),
      error: [SecretsKeyMissing, ...any]
    })
      .annotate(OpenApi.Summary, "Begin to set up an authenticator app")
      .annotate(
        OpenApi.Description,
        "Makes a secret for an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds). It counts once it is confirmed; until then an app that the account has already goes on working."
      )
      .pipe(needs("signed-in", recent)),
    HttpApiEndpoint.post("confirmTotp", "/totp/confirmation", {
      payload: TotpConfirmation,
      success: HttpApiSchema.NoContent,
      error: [CodeWrong, EnrolmentExpired, SecondFactorPresent, SecretsKeyMissing, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Set up an authenticator app")
      .annotate(
        OpenApi.Description,
        "Stores the secret if the code fits it. The account's other sessions end if this is its first second factor, and the person is told by mail."
      )
      .pipe(needs("signed-in", recent)),
    HttpApiEndpoint.delete("removeTotp", "/totp", {
      success: HttpApiSchema.NoContent,
      error: [LastWayIn, SecondFactorRequired, ...any]
    })
      .annotate(OpenApi.Summary, "Remove the authenticator app")
      .annotate(
        OpenApi.Description,
        "Its codes do not work any more. With the last second factor the recovery codes go, too. Refused where the installation demands a second factor and this is the only one."
      )
      .pipe(needs("signed-in", recent)),
    HttpApiEndpoint.get("recoveryCodes", "/recovery-codes", { success: RecoveryCodesState, error: any })
      .annotate(OpenApi.Summary, "Show how many recovery codes are left")
      .annotate(OpenApi.Description, "The codes themselves are stored as hashes and cannot be shown again.")
      .pipe(needs("signed-in")),
    HttpApiEndpoint.post("renewRecoveryCodes", "/recovery-codes", {
      success: NewRecoveryCodes.pipe(HttpApiSchema.status(201)),
      error: [SecondFactorAbsent, ...any]
    })
      .annotate(OpenApi.Summary, "Make recovery codes")
      .annotate(OpenApi.Description, "Makes ten codes. Those from before do not work any more.")
      .pipe(needs("signed-in", recent)),
    HttpApiEndpoint.get("passkeys", "/passkeys", { success: PasskeyList, error: any })
      .annotate(OpenApi.Summary, "List passkeys")
      .annotate(OpenApi.Description, "The passkeys of the account, oldest first.")
      .pipe(needs("signed-in")),
    HttpApiEndpoint.post("passkeyOptions", "/passkeys/options", {
      success: RegistrationOptions,
      error: [PasskeysUnavailable, ...any]
    })
      .annotate(OpenApi.Summary, "Begin to add a passkey")
      .annotate(
        OpenApi.Description,
        "Gives what `navigator.credentials.create()` needs. The challenge is bound to this browser by a cookie, and is good for ten minutes and one answer."
      )
      .pipe(needs("signed-in", recent)),
    HttpApiEndpoint.post("addPasskey", "/passkeys", {
      payload: NewPasskey,
      success: PasskeyFacts.pipe(HttpApiSchema.status(201)),
      error: [PasskeyRefused, PasskeysUnavailable, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Add a passkey")
      .annotate(
        OpenApi.Description,
        "Stores the passkey: from now on it signs in without a password, and stands for the second factor. The account's other sessions end if this is its first second factor, and the person is told by mail."
      )
      .pipe(needs("signed-in", recent)),
    HttpApiEndpoint.patch("renamePasskey", "/passkeys/:id", {
      params,
      payload: PasskeyChange,
      success: PasskeyFacts,
      error: [PasskeyNotFound, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Rename a passkey")
      .annotate(OpenApi.Description, "Changes the name that its owner knows it by.")
      .pipe(needs("signed-in", recent)),
    HttpApiEndpoint.delete("removePasskey", "/passkeys/:id", {
      params,
      success: HttpApiSchema.NoContent,
      error: [PasskeyNotFound, LastWayIn, SecondFactorRequired, ...any]
    })
      .annotate(OpenApi.Summary, "Remove a passkey")
      .annotate(
        OpenApi.Description,
        "It does not sign in any more. Refused where nobody could sign in to the account without it, or where the installation demands a second factor and this is the only one."
      )
      .pipe(needs("signed-in", recent))
  )
  .prefix("/api/v1/account")
  .annotate(
    OpenApi.Description,
    "The second factors of one's own account: authenticator app, recovery codes and passkeys."
  ) {}
