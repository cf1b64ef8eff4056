import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { bodyProblems, DatabaseUnavailable, Overloaded, TooManyRequests } from "../../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../../platform/contract/SecretsKeyMissing.ts"
import { getsIn } from "../access/GettingIn.ts"
import { LinkExpired } from "../AccountErrors.ts"
import { emailField } from "../EmailField.ts"
import { linkToken } from "../LinkToken.ts"
import { NewPassword } from "./Password.ts"
import { PasswordRefused } from "./PasswordErrors.ts"

const Request = Schema.Struct({ email: emailField("The account's address.") }).annotate({
  identifier: "PasswordResetRequest",
  description: "Whose password is forgotten."
})

const Confirmation = Schema.Struct({
  token: linkToken("fgr_0000000000000000000000000000000000000000000000000"),
  password: NewPassword
}).annotate({ identifier: "PasswordResetConfirmation", description: "The token of the link, and the new password." })

const names = (description: string, example: string) =>
  Schema.Array(Schema.String).annotate({ description, examples: [[example]] })

const OtherWaysIn = Schema.Struct({
  identities: Schema.Array(
    Schema.Struct({
      connection: Schema.String.annotate({ description: "The identity provider.", examples: ["google"] }),
      email: Schema.NullOr(Schema.String).annotate({
        description: "The address there; null: not known.",
        examples: ["nora@brand.example"]
      })
    }).annotate({ identifier: "OtherIdentity", description: "An account at an identity provider." })
  ).annotate({ description: "Accounts at identity providers that sign in." }),
  passkeys: names("Names of the passkeys.", "Nora's phone"),
  keys: names("Names of the API keys.", "Nightly export"),
  totp: Schema.Boolean.annotate({ description: "Whether an authenticator app is set up.", examples: [false] })
}).annotate({
  identifier: "OtherWaysIn",
  description: "What gets into the account besides the password, for its person to look at: what is not theirs goes."
})

/** A new password for whoever forgot theirs. */
export class PasswordResetsApi extends HttpApiGroup.make("passwordResets")
  .add(
    HttpApiEndpoint.post("ask", "/", {
      payload: Request,
      success: HttpApiSchema.Empty(202),
      error: [SecretsKeyMissing, Overloaded, ...bodyProblems, TooManyRequests]
    })
      .annotate(OpenApi.Summary, "Ask for a new password")
      .annotate(
        OpenApi.Description,
        "Sends a link to the address if an account has it. The answer is the same for every address. Nothing else changes: the password and the sessions stay."
      )
      .pipe(getsIn),
    HttpApiEndpoint.post("confirm", "/confirmation", {
      payload: Confirmation,
      success: OtherWaysIn,
      error: [LinkExpired, PasswordRefused, Overloaded, ...bodyProblems, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Choose a new password")
      .annotate(
        OpenApi.Description,
        "Stores the password, ends all sessions of the account, and signs nobody in: the person signs in with it, and with their second factor if they have one. The link works once; a refused password does not use it up."
      )
      .pipe(getsIn)
  )
  .prefix("/api/v1/password-resets")
  .annotate(OpenApi.Description, "A new password for whoever forgot theirs.") {}
