import type { Effect } from "effect"
import type { Seeded } from "../random/Seeded.ts"
import type { Arena } from "../run/Arena.ts"
import type { AttackError } from "../run/AttackError.ts"
import type { Trouble } from "../target/Troubles.ts"

/** What a fault needs to take effect. */
export interface Inflicting {
  readonly arena: Arena
  readonly random: Seeded
  readonly step: string
  /** The replica that it affects, if it affects only one. */
  readonly replica: number
  /** Begins a period of trouble, which ends when everything is found healthy after the round's faults. */
  readonly trouble: (trouble: Trouble) => void
}

/** Something that goes wrong and is undone within seconds. */
export interface Fault {
  readonly name: string
  /** Whether it needs a replica that may be killed, one that may only be delayed, or none. */
  readonly needs: "mortal" | "any" | "none"
  /** Completes when the fault is undone. */
  readonly inflict: (inflicting: Inflicting) => Effect.Effect<void, AttackError>
}
