import { Schema } from "effect"
import * as Moment from "../../platform/contract/Moment.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import { uuidV7 } from "../../platform/contract/UuidV7.ts"
import { accountExample, AccountName, Language, RoleName } from "../Account.ts"
import { emailField } from "../EmailField.ts"
import { linkToken } from "../LinkToken.ts"
import { NewPassword } from "../password/Password.ts"

const example = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b55"
const tokenExample = "fgi_0000000000000000000000000000000000000000000000000"

export const InvitationId = uuidV7("invitation", example).pipe(Schema.brand("InvitationId"))
export type InvitationId = typeof InvitationId.Type

/** The list is ordered by id, newest first. */
export const InvitationCursor = Paging.cursor("invitations", InvitationId, InvitationId.make(example))

/** How long the link of an invitation works. */
export const lifetime = "7 days"

const fields = {
  id: InvitationId,
  email: Schema.String.annotate({ description: "Where the invitation was sent.", examples: ["nora@brand.example"] }),
  role: RoleName.annotate({ description: "The role of the account to come." }),
  language: Language,
  invitedBy: Schema.NullOr(Schema.String).annotate({
    description: "The account that sent it last; null: the command line, or a person who registered by themselves.",
    examples: [accountExample]
  }),
  isExpired: Schema.Boolean.annotate({
    description: "Whether its link does not work any more. Sending it again makes one that does.",
    examples: [false]
  })
}

/** A row of the table, without the token's hash. */
export const Invitation = Schema.Struct({
  ...fields,
  createdAt: Schema.DateTimeUtcFromDate,
  expiresAt: Schema.DateTimeUtcFromDate
})
export type Invitation = typeof Invitation.Type

const facts = {
  ...fields,
  createdAt: Moment.toClient("When it was first sent, in UTC.", "2026-11-20T10:00:00.000Z"),
  expiresAt: Moment.toClient("Its link works until then, in UTC.", "2026-11-27T10:00:00.000Z")
}

/** The answer of a list. */
export const InvitationFacts = Schema.Struct(facts).annotate({
  identifier: "Invitation",
  description: "A person who may make an account, with the role that it will have."
})

/** The answer to a creation. */
export const SentInvitation = Schema.Struct({
  ...facts,
  link: Schema.NullOr(Schema.String).annotate({
    description:
      "Where no mail server is set (`SMTP_URL`): the link to hand to the person, which works once. Null: it is in the mail, and nowhere else.",
    examples: [null]
  })
}).annotate({ identifier: "SentInvitation", description: "An invitation that was just sent." })

/** The body of a creation. */
export const NewInvitation = Schema.Struct({
  email: emailField("The address of the person. The account will have it."),
  role: RoleName.annotate({ description: "The role of the account to come: at most the caller's own." }),
  language: Schema.optionalKey(
    Language.annotate({
      description: "The language of the mail, and of the account to come; left out: that of whoever invites."
    })
  )
}).annotate({ identifier: "NewInvitation", description: "A person to invite." })
export type NewInvitation = typeof NewInvitation.Type

const token = linkToken(tokenExample)

/** The body of a lookup. */
export const InvitationToken = Schema.Struct({ token }).annotate({
  identifier: "InvitationToken",
  description: "The token of an invitation."
})

/** The answer to a lookup: what the page of the link shows. */
export const OpenInvitation = Schema.Struct({
  email: Schema.String.annotate({
    description: "The address of the account to come.",
    examples: ["nora@brand.example"]
  }),
  role: RoleName.annotate({ description: "The role of the account to come." }),
  language: Language,
  expiresAt: facts.expiresAt
}).annotate({ identifier: "OpenInvitation", description: "An invitation that can be accepted." })

/** The body of an acceptance. The address is that of the invitation, so it is not asked for. */
export const Acceptance = Schema.Struct({
  token,
  name: AccountName.annotate({ description: "The person's name, for others. One line of at most 200 characters." }),
  password: NewPassword
}).annotate({ identifier: "InvitationAcceptance", description: "What an account is made of." })
