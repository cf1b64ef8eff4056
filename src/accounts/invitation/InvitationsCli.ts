import { DateTime, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Mail } from "../../mail/Mail.ts"
import { json, optional } from "../../platform/cli/Flags.ts"
import * as Terminal from "../../platform/cli/Terminal.ts"
import { roles } from "../../platform/contract/Access.ts"
import { normalise } from "../../players/Email.ts"
import { managing } from "../ManageCli.ts"
import { Invitations } from "./Invitations.ts"

export const invite = Command.make(
  "invite",
  {
    email: Argument.String("email").pipe(
      Argument.withDescription("The person's address. The account will have it."),
      Argument.filter(
        (text) => Option.isSome(normalise(text)),
        () => "an email address"
      )
    ),
    role: Flag.Literals("role", roles).pipe(Flag.withDescription("The role of the account to come.")),
    language: optional(
      Flag.Literals("language", ["en", "ru"]).pipe(
        Flag.withDescription("Of the mail, and of the account to come; left out: en.")
      )
    ),
    json
  },
  Effect.fnUntraced(function* ({ email, json, language, role }) {
    const { invitation, link } = yield* (yield* Invitations).invite(
      { email, role, ...(language === null ? {} : { language }) },
      "operator"
    )
    const { isSetUp } = yield* Mail
    const until = DateTime.formatIso(invitation.expiresAt)
    yield* Terminal.print(
      json
        ? JSON.stringify({
            id: invitation.id,
            email: invitation.email,
            role,
            link,
            expiresAt: until,
            isMailed: isSetUp
          })
        : [
            link,
            `  makes the account of ${invitation.email} (${role}), once, until ${until}.`,
            isSetUp ? "  The service sends it to them, too." : "  No mail server is set (SMTP_URL): hand it to them."
          ]
    )
  }, managing)
).pipe(
  Command.withDescription("Invite a person, and print the link that makes their account."),
  Command.withExamples([
    { command: "fairground account invite nora@brand.example --role editor", description: "An editor" }
  ])
)
