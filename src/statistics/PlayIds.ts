import { leastUuidAt } from "../platform/Ids.ts"
import { startOf } from "./Quarter.ts"

/** A bound below the ids of all plays of this quarter. An id begins with the play's time. */
export const leastIdIn = (quarter: number): string => leastUuidAt(startOf(quarter))
