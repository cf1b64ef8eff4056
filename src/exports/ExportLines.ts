import type { ContactFacts } from "../contacts/Contact.ts"
import { iso } from "../platform/contract/Moment.ts"
import type { PlayerFacts } from "../plays/lists/PlayDetails.ts"
import type { ExportedPlay } from "../plays/lists/PlaysList.ts"
import type * as Csv from "./Csv.ts"

/** How rows of one kind are written in both formats. */
export interface Lines<Row> {
  /** The names of the columns, in their order, which stays: programs may read them by place. New ones come last. */
  readonly columns: ReadonlyArray<string>
  readonly cells: (row: Row) => ReadonlyArray<Csv.Cell>
  /** JSON on one line. */
  readonly json: (row: Row) => string
}

export const plays: Lines<ExportedPlay> = {
  columns: [
    "id",
    "game",
    "playerId",
    "email",
    "name",
    "number",
    "playedAt",
    "score",
    "consentTextVersion",
    "consentLanguage",
    "esp",
    "contact",
    "data"
  ],
  cells: ({ data, play }) => [
    play.id,
    play.game,
    play.playerId,
    play.email,
    play.name,
    play.number,
    iso(play.playedAt),
    play.score,
    play.consent?.textVersion ?? null,
    play.consent?.language ?? null,
    play.esp,
    play.contact,
    data
  ],
  // The data is JSON as it is stored, and stored JSON is on one line.
  json: ({ data, play }) =>
    `${JSON.stringify({ ...play, playedAt: iso(play.playedAt) }).slice(0, -1)},"data":${data ?? "null"}}`
}

export const players: Lines<PlayerFacts> = {
  columns: ["id", "email", "name", "createdAt", "games", "plays", "lastSeenAt"],
  cells: ({ createdAt, email, games, id, lastSeenAt, name, plays }) => [
    id,
    email,
    name,
    iso(createdAt),
    games,
    plays,
    iso(lastSeenAt)
  ],
  json: (player) => JSON.stringify({ ...player, createdAt: iso(player.createdAt), lastSeenAt: iso(player.lastSeenAt) })
}

export const contacts: Lines<ContactFacts> = {
  columns: [
    "playerId",
    "email",
    "esp",
    "verdict",
    "mailability",
    "reason",
    "attempts",
    "game",
    "playId",
    "createdAt",
    "settledAt",
    "dueAt"
  ],
  cells: (contact) => [
    contact.playerId,
    contact.email,
    contact.esp,
    contact.verdict,
    contact.mailability,
    contact.reason,
    contact.attempts,
    contact.game,
    contact.playId,
    iso(contact.createdAt),
    iso(contact.settledAt),
    iso(contact.dueAt)
  ],
  json: ({ createdAt, dueAt, settledAt, ...contact }) =>
    JSON.stringify({ ...contact, createdAt: iso(createdAt), settledAt: iso(settledAt), dueAt: iso(dueAt) })
}
