import { Schema } from "effect"
import { Problem } from "../platform/contract/Problem.ts"

/** 404: no mail has this id. */
export class MailNotFound extends Problem<MailNotFound>()("MailNotFound", {
  name: "mail-not-found",
  status: 404,
  title: "There is no such mail",
  explanation:
    "No mail has the id in the path. Mails are deleted some time after they were sent or given up (`MAIL_RETENTION`, 90 days unless set)."
}) {}

/** 409: the mail cannot be sent again. */
export class MailNotResendable extends Problem<MailNotResendable>()(
  "MailNotResendable",
  {
    name: "mail-not-resendable",
    status: 409,
    title: "This mail cannot be sent again",
    explanation:
      "`reason` says why. `link-gone`: the mail held a secret link, which is emptied once it was sent or has expired; what the mail was about makes a new one, such as a new invitation. `suppressed`: the address gets no mail until its block is lifted at `DELETE /api/v1/mail-suppressions/{id}`. `forgotten`: the person was forgotten, and with them what the mail said."
  },
  {
    reason: Schema.Literals(["link-gone", "suppressed", "forgotten"]).annotate({
      description: "Why it cannot be sent again.",
      examples: ["link-gone"]
    })
  }
) {}

/** 404: no block has this id. */
export class MailSuppressionNotFound extends Problem<MailSuppressionNotFound>()("MailSuppressionNotFound", {
  name: "mail-suppression-not-found",
  status: 404,
  title: "There is no such suppression",
  explanation: "No suppression has the id in the path. It may have been lifted already."
}) {}
