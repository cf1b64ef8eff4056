import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "../platform/contract/Access.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { EmailInput } from "../players/Email.ts"
import { MailSuppressionNotFound } from "./MailErrors.ts"
import { SuppressionCursor, SuppressionFacts, SuppressionId } from "./Suppression.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const

const MailSuppressionPage = Paging.pageOf(SuppressionFacts, SuppressionCursor, {
  identifier: "MailSuppressionPage",
  description: "A page of the mail suppressions."
})

export class MailSuppressionsApi extends HttpApiGroup.make("mailSuppressions")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: { ...Paging.query(SuppressionCursor), email: Schema.optionalKey(EmailInput) },
      success: MailSuppressionPage,
      error: any
    })
      .annotate(OpenApi.Summary, "List mail suppressions")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        "Addresses that get no mail because a mail server refused them for good, and those whose owners have unsubscribed, newest first, in pages. `email` is compared as players' addresses are."
      )
      .pipe(needs("mail:read")),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: SuppressionId },
      success: HttpApiSchema.NoContent,
      error: [MailSuppressionNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Lift a mail suppression")
      .annotate(
        OpenApi.Description,
        "The address gets mails again. Mails that were suppressed meanwhile are not sent by themselves."
      )
      .pipe(needs("mail:write"))
  )
  .prefix("/api/v1/mail-suppressions")
  .annotate(OpenApi.Description, "Addresses that get no mail.") {}
