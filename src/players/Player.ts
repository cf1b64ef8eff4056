import { Schema } from "effect"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { EmailKey } from "./Email.ts"

/**
 * A person who plays. It has both the id and the address, because some data is stored by the id and some by the address. The row
 * that holds both is forgotten last.
 */
export interface Player {
  readonly id: string
  readonly emailKey: EmailKey
}

export const playerExample = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b51"

export const PlayerId = uuidV7("player", playerExample).pipe(Schema.brand("PlayerId"))
export type PlayerId = typeof PlayerId.Type

/** A row of the table. */
export const PlayerRow = Schema.Struct({
  id: PlayerId,
  emailKey: EmailKey,
  /** As first typed. */
  email: Schema.String,
  createdAt: Schema.DateTimeUtcFromDate
})
export type PlayerRow = typeof PlayerRow.Type

/** A place in the list of players: by address where the beginning of one is searched for, else by id. */
export const PlayerPlace = Schema.Union([Schema.Struct({ id: PlayerId }), Schema.Struct({ key: EmailKey })])
export type PlayerPlace = typeof PlayerPlace.Type

export const PlayerCursor = Paging.cursor("players", PlayerPlace, { id: PlayerId.make(playerExample) })

/** Fields of a player in every answer that has them. */
export const playerFields = {
  id: PlayerId,
  email: Schema.String.annotate({ description: "The address as first typed.", examples: ["nora@shop.example"] }),
  createdAt: Moment.toClient("When the address played for the first time, in UTC.", "2026-11-20T10:00:00.000Z")
}

/** The address where a player may have been forgotten. */
export const emailOrNull = Schema.NullOr(Schema.String).annotate({
  description: "The player's address as first typed; null: the player was forgotten.",
  examples: ["nora@shop.example"]
})
