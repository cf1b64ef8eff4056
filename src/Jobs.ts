import { Layer } from "effect"
import * as ContactsJobs from "./contacts/ContactsJobs.ts"
import * as PlaysJobs from "./plays/PlaysJobs.ts"
import * as TaskCallbacksJobs from "./tasks/callbacks/TaskCallbacksJobs.ts"
import * as TasksJobs from "./tasks/TasksJobs.ts"

/** All background work of the service. */
export const layer = Layer.mergeAll(ContactsJobs.layer, PlaysJobs.layer, TasksJobs.layer, TaskCallbacksJobs.layer)
