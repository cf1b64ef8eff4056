import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "../platform/contract/Access.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { EmailInput } from "../players/Email.ts"
import { MailNotFound, MailNotResendable } from "./MailErrors.ts"
import { MailCursor, MailFacts, MailId, MailPreview, MailStatus } from "./Message.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const

const params = { id: MailId }

const MailPage = Paging.pageOf(MailFacts, MailCursor, { identifier: "MailPage", description: "A page of the mails." })

const word = (description: string, example: string) =>
  Schema.optionalKey(
    Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)).annotate({ description, examples: [example] })
  )

export class MailsApi extends HttpApiGroup.make("mails")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...Paging.query(MailCursor),
        status: Schema.optionalKey(
          MailStatus.annotate({ description: "Only mails in this state.", examples: ["outbox"] })
        ),
        to: Schema.optionalKey(EmailInput),
        aboutKind: word("Only mails about things of this kind.", "invitation"),
        aboutId: word("With `aboutKind`: only mails about this one.", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53")
      },
      success: MailPage,
      error: any
    })
      .annotate(OpenApi.Summary, "List mails")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        "Mails that wait, were sent, or were not, newest first, in pages. `to` is compared as players' addresses are."
      )
      .pipe(needs("mail:read")),
    HttpApiEndpoint.get("get", "/:id", { params, success: MailFacts, error: [MailNotFound, ...any] })
      .annotate(OpenApi.Summary, "Show a mail")
      .annotate(OpenApi.Description, "What became of a mail so far.")
      .pipe(needs("mail:read")),
    HttpApiEndpoint.get("preview", "/:id/preview", {
      params,
      success: MailPreview,
      error: [MailNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Show what a mail says")
      .annotate(
        OpenApi.Description,
        "The subject, the text and the HTML of a mail. Secret links are masked: nobody gets in by reading the mails of others. They are empty once the mail's person was forgotten."
      )
      .pipe(needs("mail:read")),
    HttpApiEndpoint.post("resend", "/:id/resend", {
      params,
      success: MailFacts,
      error: [MailNotFound, MailNotResendable, ...any]
    })
      .annotate(OpenApi.Summary, "Send a mail again")
      .annotate(
        OpenApi.Description,
        "Puts a mail that was sent, refused or given up into the outbox again, for another 5 days. One that waits there already is tried at once."
      )
      .pipe(needs("mail:write"))
  )
  .prefix("/api/v1/mails")
  .annotate(OpenApi.Description, "The mails that the service sends: what became of them, and sending them again.") {}
