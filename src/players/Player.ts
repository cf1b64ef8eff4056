import type { EmailKey } from "./Email.ts"

/**
 * A person who plays. It has both the id and the address, because some data is stored by the id and some by the address. The row
 * that holds both is forgotten last.
 */
export interface Player {
  readonly id: string
  readonly emailKey: EmailKey
}
