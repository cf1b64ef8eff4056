import { Effect } from "effect"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { Overviews } from "./Overviews.ts"
import { Statistics } from "./Statistics.ts"
import { StatisticsApi } from "./StatisticsApi.ts"

export const layer = Handlers.group(
  contractOf(StatisticsApi),
  "statistics",
  Effect.fnUntraced(function* (handlers) {
    const statistics = yield* Statistics
    const overviews = yield* Overviews
    return handlers.handleAll({
      overview: ({ query }) => overviews.of(query),
      plays: ({ query }) => statistics.plays(query),
      games: ({ query: { cursor: after, limit } }) => statistics.games({ after, limit }),
      game: ({ params }) => statistics.game(params.slug),
      recent: ({ query }) => statistics.recent(query.games),
      total: () => statistics.total,
      verdictTimes: ({ query }) => statistics.verdictTimes(query),
      refusals: ({ query }) => statistics.refusals(query)
    })
  })
)
