import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Mail } from "./Mail.ts"
import { mail } from "./MailCli.ts"
import * as MailHttp from "./MailHttp.ts"
import * as MailJobs from "./MailJobs.ts"
import * as MailPerson from "./MailPerson.ts"
import { MailsApi } from "./MailsApi.ts"
import { MailSettings } from "./MailSettings.ts"
import { MailSuppressionsApi } from "./MailSuppressionsApi.ts"
import { Outbox } from "./Outbox.ts"
import { Smtp } from "./Smtp.ts"
import * as UnsubscribePages from "./UnsubscribePages.ts"

/** Outgoing mail: messages are stored with what they are about, and sent once by the background. */
export const MailModule = defineModule({
  name: "mail",
  settings: [MailSettings],
  tables: ["mail", "mail_suppression", "mail_reader"],
  groups: [MailSuppressionsApi, MailsApi],
  permissions: [
    { name: "mail:read", description: "See mails and the addresses that get none.", roles: ["admin", "owner"] },
    {
      name: "mail:write",
      description: "Send mails again, and lift the block of an address.",
      roles: ["admin", "owner"]
    }
  ],
  pages: [
    { method: "GET", path: UnsubscribePages.path },
    { method: "POST", path: UnsubscribePages.path }
  ],
  services: Outbox.layer.pipe(Layer.provideMerge(Layer.merge(Mail.layer, Smtp.layer))),
  http: Layer.merge(MailHttp.layer, UnsubscribePages.layer),
  jobs: MailJobs.layer,
  person: MailPerson.make,
  commands: [mail]
})
