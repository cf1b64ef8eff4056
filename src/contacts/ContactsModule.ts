import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Backlog } from "./Backlog.ts"
import { Contacts } from "./Contacts.ts"
import { ContactsApi } from "./ContactsApi.ts"
import { contacts } from "./ContactsCli.ts"
import * as ContactsHttp from "./ContactsHttp.ts"
import * as ContactsJobs from "./ContactsJobs.ts"
import { ContactsList } from "./ContactsList.ts"
import * as ContactsPerson from "./ContactsPerson.ts"
import { ContactsSettings } from "./ContactsSettings.ts"
import { esp } from "./EspCli.ts"
import { warnOfUnknown } from "./UnknownEsps.ts"

/** Contacts: players at the brand's ESPs, with the ESPs' verdicts. */
export const ContactsModule = defineModule({
  name: "contacts",
  settings: [ContactsSettings],
  tables: ["contact"],
  groups: [ContactsApi],
  permissions: [
    {
      name: "contacts:read",
      description: "See what the ESPs have said of players, and what is still owed.",
      roles: ["editor", "admin", "owner"]
    },
    { name: "contacts:write", description: "Have contacts attempted again.", roles: ["editor", "admin", "owner"] }
  ],
  services: Layer.mergeAll(Contacts.layer, Backlog.layer, ContactsList.layer),
  http: ContactsHttp.layer,
  jobs: Layer.merge(ContactsJobs.layer, Layer.effectDiscard(warnOfUnknown)),
  person: ContactsPerson.make,
  commands: [esp, contacts]
})
