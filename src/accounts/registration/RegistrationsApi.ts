import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { bodyProblems, DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../../platform/contract/SecretsKeyMissing.ts"
import { getsIn } from "../access/GettingIn.ts"
import { Language } from "../Account.ts"
import { emailField } from "../EmailField.ts"
import { RegistrationClosed } from "./RegistrationErrors.ts"

const Registration = Schema.Struct({
  email: emailField("One's own address."),
  language: Schema.optionalKey(
    Language.annotate({ description: "The language of the mail, and of the account to come; left out: `en`." })
  )
}).annotate({ identifier: "Registration", description: "A person who wants an account." })

export class RegistrationsApi extends HttpApiGroup.make("registrations")
  .add(
    HttpApiEndpoint.post("ask", "/", {
      payload: Registration,
      success: HttpApiSchema.Empty(202),
      error: [RegistrationClosed, SecretsKeyMissing, ...bodyProblems, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Ask for an account")
      .annotate(
        OpenApi.Description,
        "Where registration is open (`ACCOUNT_REGISTRATION=open`): sends a link to the address, if its domain is one of `ACCOUNT_REGISTRATION_DOMAINS`. The link is that of an invitation: accepting it makes the account. The answer is the same for an address that may not have an account, or has one already; three an hour are taken for one address."
      )
      .pipe(getsIn)
  )
  .prefix("/api/v1/registrations")
  .annotate(OpenApi.Description, "Accounts for people of known domains, where registration is open.") {}
