import { Layer } from "effect"
import { Accounts } from "./Accounts.ts"
import { Invitations } from "./invitation/Invitations.ts"
import { ApiKeys } from "./key/ApiKeys.ts"
import { Registrations } from "./registration/Registrations.ts"

/** Who manages accounts, how people come, and how programs get in. */
export const services = Layer.mergeAll(Accounts.layer, ApiKeys.layer, Invitations.layer, Registrations.layer)
