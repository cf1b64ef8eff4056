import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs, NotSignedIn, ReauthenticationRequired } from "../../platform/contract/Access.ts"
import { ETag, IfMatch } from "../../platform/contract/Edits.ts"
import {
  bodyProblems,
  ChangedMeanwhile,
  DatabaseUnavailable,
  Overloaded,
  TooManyRequests
} from "../../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../../platform/contract/SecretsKeyMissing.ts"
import { getsIn } from "../access/GettingIn.ts"
import { EmailTaken, LinkExpired } from "../AccountErrors.ts"
import { PasswordRefused, WrongPassword } from "../password/PasswordErrors.ts"
import { EmailChange, EmailConfirmation, OwnAccountChange, OwnAccountFacts, PasswordChange } from "./OwnAccount.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const
const withETag = HttpApiSchema.WithHeaders(OwnAccountFacts, { etag: ETag })

/** One's own account. */
export class AccountApi extends HttpApiGroup.make("account")
  .add(
    HttpApiEndpoint.get("show", "/", { success: withETag, error: [NotSignedIn, ...any] })
      .annotate(OpenApi.Summary, "Show one's account")
      .annotate(OpenApi.Description, "The account of the session or key. Edits send its `ETag` as `If-Match`.")
      .pipe(needs("signed-in")),
    HttpApiEndpoint.patch("update", "/", {
      headers: { "if-match": Schema.optionalKey(IfMatch) },
      payload: OwnAccountChange,
      success: withETag,
      error: [ChangedMeanwhile, NotSignedIn, ReauthenticationRequired, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Change one's name or language")
      .annotate(
        OpenApi.Description,
        "Changes the fields in the body, and no others. With `If-Match`, it fails if the account has changed since it was read. A key cannot do this."
      )
      .pipe(needs("signed-in", { isSession: true })),
    HttpApiEndpoint.put("changePassword", "/password", {
      payload: PasswordChange,
      success: HttpApiSchema.NoContent,
      error: [WrongPassword, PasswordRefused, NotSignedIn, Overloaded, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Change one's password")
      .annotate(
        OpenApi.Description,
        "Stores the new password, ends all other sessions of the account, and tells its person by mail. Links that were asked for before do not work any more."
      )
      .pipe(needs("signed-in", { isRecent: true })),
    HttpApiEndpoint.post("changeEmail", "/email", {
      payload: EmailChange,
      success: HttpApiSchema.Empty(202),
      error: [SecretsKeyMissing, NotSignedIn, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Ask for another address")
      .annotate(
        OpenApi.Description,
        "Sends a link to the new address, and a notice to the old one. The account keeps its address until the link was used. The answer is the same where another account has the address."
      )
      .pipe(needs("signed-in", { isRecent: true })),
    HttpApiEndpoint.post("confirmEmail", "/email/confirmation", {
      payload: EmailConfirmation,
      success: HttpApiSchema.NoContent,
      error: [LinkExpired, EmailTaken, ...bodyProblems, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Confirm the new address")
      .annotate(
        OpenApi.Description,
        "The account gets the address that the link was sent to. It needs no session: whoever has the link has the mailbox."
      )
      .pipe(getsIn)
  )
  .prefix("/api/v1/account")
  .annotate(OpenApi.Description, "One's own account: name, language, password, address.") {}
