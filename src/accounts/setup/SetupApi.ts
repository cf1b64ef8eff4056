import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { NotSignedIn } from "../../platform/contract/Access.ts"
import { bodyProblems, DatabaseUnavailable, Overloaded } from "../../platform/contract/Problems.ts"
import { getsIn } from "../access/GettingIn.ts"
import { AccountName, Language } from "../Account.ts"
import { EmailTaken, LinkExpired } from "../AccountErrors.ts"
import { emailField } from "../EmailField.ts"
import { linkToken } from "../LinkToken.ts"
import { NewPassword } from "../password/Password.ts"
import { PasswordRefused } from "../password/PasswordErrors.ts"
import { Identity } from "../session/Session.ts"
import { SetupDone } from "./SetupErrors.ts"

const FirstOwner = Schema.Struct({
  token: linkToken("fgo_0000000000000000000000000000000000000000000000000"),
  email: emailField("The owner's address."),
  name: AccountName,
  password: NewPassword,
  language: Schema.optionalKey(Language)
}).annotate({
  identifier: "FirstOwner",
  description: "The first owner, and the token of the link that makes them one."
})

/** The first owner. */
export class SetupApi extends HttpApiGroup.make("setup")
  .add(
    HttpApiEndpoint.post("complete", "/", {
      payload: FirstOwner,
      success: Identity.pipe(HttpApiSchema.status(201)),
      error: [
        SetupDone,
        LinkExpired,
        PasswordRefused,
        EmailTaken,
        NotSignedIn,
        Overloaded,
        ...bodyProblems,
        DatabaseUnavailable
      ]
    })
      .annotate(OpenApi.Summary, "Make the first owner")
      .annotate(
        OpenApi.Description,
        "Makes the first owner of an installation that has none, and signs them in. The link is on the screen of `npm start`, or `fairground account setup` makes one: whoever has the machine. Of concurrent requests, one succeeds."
      )
      .pipe(getsIn)
  )
  .prefix("/api/v1/setup")
  .annotate(OpenApi.Description, "The first owner of an installation.") {}
