import type { Known } from "../fuzz/Draft.ts"
import type { Client } from "../../test/support/service/Service.ts"
import type { Database } from "../target/Database.ts"
import type { Lateness } from "../target/Lateness.ts"
import type { Replica } from "../target/Replica.ts"
import type { Troubles } from "../target/Troubles.ts"
import type { Checked } from "./Checks.ts"

/** The target of the attack and what is known about it. */
export interface Arena extends Checked {
  readonly database: Database
  readonly replicas: ReadonlyArray<Replica>
  readonly client: Client
  readonly troubles: Troubles
  readonly late: Lateness
  readonly known: Known
}

/** If the machine itself was suspended for this long, in milliseconds, a late answer is excused. */
const stoodStillMillis = 3000

/** Whether the machine was suspended since `from`. */
export const stoodStill = (arena: Arena, from: number): boolean => arena.late.since(from) > stoodStillMillis

export const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))
