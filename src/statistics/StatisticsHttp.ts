import { Effect } from "effect"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { Statistics } from "./Statistics.ts"
import { StatisticsApi } from "./StatisticsApi.ts"

export const layer = Handlers.group(
  contractOf(StatisticsApi),
  "statistics",
  Effect.fnUntraced(function* (handlers) {
    const statistics = yield* Statistics
    return handlers.handleAll({
      plays: ({ query }) => statistics.plays(query),
      games: ({ query: { cursor: after, limit } }) => statistics.games({ after, limit }),
      game: ({ params }) => statistics.game(params.slug),
      total: () => statistics.total,
      verdictTimes: ({ query }) => statistics.verdictTimes(query),
      refusals: ({ query }) => statistics.refusals(query)
    })
  })
)
