import { DateTime } from "effect"
import { OID } from "../platform/postgres/Arrays.ts"
import * as PlayPart from "../plays/PlayPart.ts"
import { quarterAt } from "./Quarter.ts"

const quarterOf = ({ playedAt }: { readonly playedAt: DateTime.Utc }) => quarterAt(DateTime.toEpochMillis(playedAt))

/** A number of quarters that is no gap: before which play of the batch the player has played is not looked for. */
const unknown = -1_000_000

/**
 * One row of differences for each game and quarter of an hour of the batch, so that no two batches wait for a row of statistics.
 *
 * What takes calculation (which plays are their player's first of a day in the game's zone) is left to whoever adds the rows up. The
 * statement only says, for each play that is not the player's first, how many quarters ago that player played last. It knows from
 * `entry`, which it locks, so that this is exact with any number of writers. Of several plays of one entry in a batch, all but the
 * first follow another one in the same quarter. Only a batch that spans two quarters leaves it open for those in the second.
 */
export const part = PlayPart.makeSilent({
  parameters: {
    quarter: PlayPart.forEachPlay(OID.int4, quarterOf),
    first: PlayPart.forTheBatch("integer", (batch) => Math.min(...batch.map(quarterOf)))
  },
  entry: ({ quarter }) => ({
    last_quarter: {
      inserted: `max(${quarter})`,
      updated:
        "case when let_in.granted > 0 then greatest(entry.last_quarter, excluded.last_quarter) else entry.last_quarter end"
    },
    prior_quarter: { inserted: "null::integer", updated: "entry.last_quarter" }
  }),
  statement: ({ first, quarter }) => `
      new_statistics as (
        insert into statistics_difference (game_id, quarter, plays, numbers, gaps, contacts)
        select settled_play.game_id, settled_play.${quarter}, count(*),
          array_agg(settled_play.number::integer) filter (where settled_play.number > 1),
          array_agg(
            case
              when settled_play.nth = 1 then settled_play.${quarter} - settled_play.prior_quarter
              when settled_play.${quarter} = ${first} then 0
              else ${unknown}
            end
          ) filter (where settled_play.number > 1),
          count(new_contact.play_id)
        from settled_play left join new_contact on new_contact.play_id = settled_play.id
        where settled_play.number is not null
        group by settled_play.game_id, settled_play.${quarter}
      )`
})
