import type { Effect } from "effect"
import type { Seeded } from "../random/Seeded.ts"
import type { Arena } from "../run/Arena.ts"
import type { AttackError } from "../run/AttackError.ts"
import type { Trouble } from "../target/Troubles.ts"

/** What a fault is given. */
export interface Inflicting {
  readonly arena: Arena
  readonly random: Seeded
  readonly step: string
  /** The replica that it concerns, where it concerns one. */
  readonly replica: number
  /** Begins a time of trouble, which ends when all is found well again after the round's faults. */
  readonly trouble: (trouble: Trouble) => void
}

/** Something that goes wrong, and is put right again within seconds. */
export interface Fault {
  readonly name: string
  /** It needs a replica that may be killed, one that may only be held up, or none at all. */
  readonly needs: "mortal" | "any" | "none"
  /** Ends when what it did is undone. */
  readonly inflict: (inflicting: Inflicting) => Effect.Effect<void, AttackError>
}
