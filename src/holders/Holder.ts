import { Schema } from "effect"
import * as Moment from "../platform/contract/Moment.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { PlayerId } from "../players/Player.ts"

/** How many digits a code has. */
export const codeDigits = 6

/** What a token begins with. */
export const tokenPrefix = "fgp_"

const tokenIdExample = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54"

export const PlayerTokenId = uuidV7("player token", tokenIdExample).pipe(Schema.brand("PlayerTokenId"))
export type PlayerTokenId = typeof PlayerTokenId.Type

/** A code as a person types it: digits, with spaces where they like them. */
export const PlayerCode = Schema.String.annotate({
  description: "The six digits of the mail. Spaces make no difference.",
  examples: ["493027"]
}).check(
  Schema.makeFilter(
    (text: string) => (text.length <= 20 && /^\d{6}$/.test(text.replaceAll(/\s/g, ""))) || "Expected six digits"
  )
)

/** A new token. It is answered once, and stored as a hash. */
export const PlayerToken = Schema.Struct({
  id: PlayerTokenId,
  token: Schema.String.annotate({
    description: "For the header `Fairground-Token`. It is shown this once.",
    examples: ["fgp_0000000000000000000000000000000000000000000000000"]
  }),
  playerId: PlayerId,
  expiresAt: Moment.toClient("When it ends, in UTC: 30 days after it was made.", "2026-12-20T10:00:00.000Z")
}).annotate({ identifier: "PlayerToken", description: "A proof of who a player is." })
export type PlayerToken = typeof PlayerToken.Type
