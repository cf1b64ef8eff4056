import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs, NotSignedIn } from "../../platform/contract/Access.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import { bodyProblems, DatabaseUnavailable, Overloaded, TooManyRequests } from "../../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../../platform/contract/SecretsKeyMissing.ts"
import { getsIn } from "../access/GettingIn.ts"
import { EmailTaken, LinkExpired } from "../AccountErrors.ts"
import { RoleTooHigh } from "../ManagementErrors.ts"
import { PasswordRefused } from "../password/PasswordErrors.ts"
import { Identity } from "../session/Session.ts"
import {
  Acceptance,
  InvitationCursor,
  InvitationFacts,
  InvitationId,
  InvitationToken,
  NewInvitation,
  OpenInvitation,
  SentInvitation
} from "./Invitation.ts"
import { InvitationNotFound } from "./InvitationErrors.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const
const sending = [RoleTooHigh, SecretsKeyMissing] as const

const params = { id: InvitationId }
const write = needs("accounts:write", { isRecent: true })

const InvitationPage = Paging.pageOf(InvitationFacts, InvitationCursor, {
  identifier: "InvitationPage",
  description: "A page of the invitations."
})

export class InvitationsApi extends HttpApiGroup.make("invitations")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: Paging.query(InvitationCursor),
      success: InvitationPage,
      error: any
    })
      .annotate(OpenApi.Summary, "List invitations")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        "Invitations that were not accepted yet, newest first, in pages. Expired ones are deleted after 30 days."
      )
      .pipe(needs("accounts:read")),
    HttpApiEndpoint.post("create", "/", {
      payload: NewInvitation,
      success: SentInvitation.pipe(HttpApiSchema.status(201)),
      error: [EmailTaken, ...sending, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Invite a person")
      .annotate(
        OpenApi.Description,
        "Sends a mail with a link that works once, for 7 days. The link is in the answer only where no mail server is set. An earlier invitation to the address is replaced: its link does not work any more. When whoever sent it is disabled or may not invite to this role any more, it is revoked."
      )
      .pipe(write),
    HttpApiEndpoint.post("resend", "/:id/resend", {
      params,
      success: SentInvitation,
      error: [InvitationNotFound, ...sending, ...any]
    })
      .annotate(OpenApi.Summary, "Send an invitation again")
      .annotate(
        OpenApi.Description,
        "Sends a new link, which works for 7 days. Earlier ones do not work any more. It may have expired."
      )
      .pipe(write),
    HttpApiEndpoint.delete("revoke", "/:id", {
      params,
      success: HttpApiSchema.NoContent,
      error: [InvitationNotFound, RoleTooHigh, ...any]
    })
      .annotate(OpenApi.Summary, "Revoke an invitation")
      .annotate(OpenApi.Description, "Its link does not work any more.")
      .pipe(write),
    HttpApiEndpoint.post("lookup", "/lookup", {
      payload: InvitationToken,
      success: OpenInvitation,
      error: [LinkExpired, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Look an invitation up")
      .annotate(OpenApi.Description, "What the page of a link shows. The link is not used up.")
      .pipe(getsIn),
    HttpApiEndpoint.post("accept", "/acceptance", {
      payload: Acceptance,
      success: Identity.pipe(HttpApiSchema.status(201)),
      error: [LinkExpired, EmailTaken, PasswordRefused, NotSignedIn, Overloaded, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Accept an invitation")
      .annotate(
        OpenApi.Description,
        "Makes the account, with the address and the role of the invitation, and signs its person in: the session is in the cookie `__Host-fairground`. The link is used up, and proves the mailbox if a mail took it there. No session that the browser had before works any more."
      )
      .pipe(getsIn)
  )
  .prefix("/api/v1/invitations")
  .annotate(OpenApi.Description, "How people get an account: by a link that is sent to them.") {}
