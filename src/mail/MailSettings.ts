import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

export class MailSettings extends group<MailSettings>()("fairground/mail/MailSettings", {
  smtpUrl: Setting.url("SMTP_URL", ["smtp:", "smtps:"], {
    default: "",
    description:
      "The mail server, with user and password where it wants them: `smtps://user:password@smtp.shop.example`. `smtp:` begins in the clear and needs STARTTLS, except on loopback; see docs/mail.md. Left out: mails stay in the outbox.",
    secret: true
  }),
  mailFrom: Setting.text("MAIL_FROM", {
    default: "",
    description: "Sender of mails: an address, or `Name <address>`. Needed with `SMTP_URL`."
  }),
  smtpConnections: Setting.whole("SMTP_CONNECTIONS", 1, 100, {
    default: "4",
    description: "The most connections to the mail server of each replica, and so the mails that it sends at once."
  }),
  smtpTimeout: Setting.duration("SMTP_TIMEOUT", {
    default: "1 minute",
    description: "How long the mail server may take for an answer."
  }),
  mailRetention: Setting.duration("MAIL_RETENTION", {
    default: "90 days",
    description: "How long mails are kept after they were sent, refused or given up."
  })
}) {}
