import { Layer } from "effect"
import * as ContactsJobs from "./esp/ContactsJobs.ts"
import * as PlaysJobs from "./plays/PlaysJobs.ts"
import * as TaskCallbacksJobs from "./tasks/TaskCallbacksJobs.ts"

/** All background work of the service. */
export const layer = Layer.mergeAll(ContactsJobs.layer, PlaysJobs.layer, TaskCallbacksJobs.layer)
