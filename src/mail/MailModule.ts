import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Mail } from "./Mail.ts"
import * as MailJobs from "./MailJobs.ts"
import { MailSettings } from "./MailSettings.ts"
import { Smtp } from "./Smtp.ts"

/** Outgoing mail: messages are stored with what they are about, and sent once by the background. */
export const MailModule = defineModule({
  name: "mail",
  settings: [MailSettings],
  tables: ["mail", "mail_suppression", "mail_reader"],
  permissions: [
    { name: "mail:read", description: "See mails and the addresses that get none.", roles: ["admin", "owner"] },
    {
      name: "mail:write",
      description: "Send mails again, and lift the block of an address.",
      roles: ["admin", "owner"]
    }
  ],
  services: Layer.merge(Mail.layer, Smtp.layer),
  jobs: MailJobs.layer
})
