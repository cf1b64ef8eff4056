import { DateTime } from "effect"
import { OID } from "../platform/postgres/Arrays.ts"
import * as PlayPart from "../plays/PlayPart.ts"
import { quarterAt } from "./Quarter.ts"

const quarterOf = ({ playedAt }: { readonly playedAt: DateTime.Utc }) => quarterAt(DateTime.toEpochMillis(playedAt))

/**
 * One row of differences for each game and quarter of an hour of the batch, so that no two batches wait for a row of statistics.
 *
 * What takes calculation (which plays are their player's first of a day in the game's zone) is left to whoever adds the rows up. The
 * statement only says, for each play that is not the player's first, how many quarters ago that player played last. It knows from
 * `entry`, which it locks, so that this is exact with any number of writers. Of several plays of one entry in the batch, all but
 * the first follow another one in the same quarter, unless the batch spans two.
 */
export const part = PlayPart.makeSilent({
  parameters: {
    quarter: PlayPart.forEachPlay(OID.int4, quarterOf),
    spans: PlayPart.forTheBatch("boolean", (batch) => new Set(batch.map(quarterOf)).size > 1)
  },
  entry: ({ quarter }) => ({
    last_quarter: {
      inserted: `max(${quarter})`,
      updated:
        "case when let_in.granted > 0 then greatest(entry.last_quarter, excluded.last_quarter) else entry.last_quarter end"
    },
    prior_quarter: { inserted: "null::integer", updated: "entry.last_quarter" }
  }),
  statement: ({ quarter, spans }) => `
      new_statistics as (
        insert into statistics_difference (game_id, quarter, plays, numbers, gaps, contacts)
        select game_id, quarter, count(*), array_agg(number) filter (where number > 1),
          array_agg(quarter - last_quarter) filter (where number > 1), count(contact)
        from (
          select settled_play.game_id, settled_play.number::integer as number, settled_play.${quarter} as quarter,
            new_contact.play_id as contact,
            case
              when settled_play.nth = 1 then settled_play.prior_quarter
              when ${spans} then (
                select earlier.${quarter} from settled_play earlier
                where earlier.player_id = settled_play.player_id and earlier.game_id = settled_play.game_id
                  and earlier.nth = settled_play.nth - 1
              )
              else settled_play.${quarter}
            end as last_quarter
          from settled_play left join new_contact on new_contact.play_id = settled_play.id
          where settled_play.number is not null
        ) recorded
        group by game_id, quarter
      )`
})
