import type { EmailKey } from "./Email.ts"

/**
 * A person who plays. The address stands beside the id, as some of what is stored is known by the one and some by the other, and the
 * row that holds both is the last to be forgotten.
 */
export interface Player {
  readonly id: string
  readonly emailKey: EmailKey
}
