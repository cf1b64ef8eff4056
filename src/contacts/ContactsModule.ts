import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Contacts } from "./Contacts.ts"
import { contacts } from "./ContactsCli.ts"
import * as ContactsJobs from "./ContactsJobs.ts"
import * as ContactsPerson from "./ContactsPerson.ts"
import { ContactsSettings } from "./ContactsSettings.ts"
import { esp } from "./EspCli.ts"
import { warnOfUnknown } from "./UnknownEsps.ts"

/** Contacts: players at the brand's ESPs, with the ESPs' verdicts. */
export const ContactsModule = defineModule({
  name: "contacts",
  settings: [ContactsSettings],
  tables: ["contact"],
  services: Contacts.layer,
  jobs: Layer.merge(ContactsJobs.layer, Layer.effectDiscard(warnOfUnknown)),
  person: ContactsPerson.make,
  commands: [esp, contacts]
})
