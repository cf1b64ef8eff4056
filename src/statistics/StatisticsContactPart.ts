import type { ContactPart } from "../contacts/ContactPart.ts"
import { quarterOf } from "./Counts.ts"

const playOfContact = `
        cross join lateral (
          select game_id, ${quarterOf("played_at")} as quarter from play
          where play.id = changed_contact.play_id and play.player_id = changed_contact.player_id offset 0
        ) play`

const change = (verdict: string) =>
  `count(*) filter (where after = '${verdict}') - count(*) filter (where before = '${verdict}')`

/**
 * A verdict counts at the quarter of the play that asked for the contact, whenever it comes. So the contacts without one are those of
 * the plays less those with one, and the count can be made again from the plays.
 *
 * The verdict of a deleted contact stays in the counts. It is noted without its person, because statistics that are made again find
 * no contact for it.
 */
export const contactPart: ContactPart = {
  changed: `changed_statistics as (
        insert into statistics_difference (
          game_id, quarter, contacts, existed, created, rejected, waits, waits_taken_back
        )
        select play.game_id, play.quarter, count(*) filter (where before is null), ${change("existed")},
          ${change("created")}, ${change("rejected")}, array_agg(wait) filter (where wait is not null),
          array_agg(wait_before) filter (where wait_before is not null)
        from changed_contact ${playOfContact}
        group by play.game_id, play.quarter
      )`,
  deleted: `forgotten_statistics as (
        insert into statistics_forgotten (game_id, quarter, verdict, wait)
        select play.game_id, play.quarter, before, wait_before
        from changed_contact ${playOfContact}
      )`
}
