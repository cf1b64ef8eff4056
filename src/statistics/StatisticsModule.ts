import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Distinct } from "./Distinct.ts"
import { Folding } from "./Folding.ts"
import { Mending } from "./Mending.ts"
import { Notes } from "./Notes.ts"
import { NotesApi } from "./NotesApi.ts"
import * as NotesHttp from "./NotesHttp.ts"
import { Overviews } from "./Overviews.ts"
import { Refusals } from "./Refusals.ts"
import { Statistics } from "./Statistics.ts"
import { StatisticsApi } from "./StatisticsApi.ts"
import { statistics } from "./StatisticsCli.ts"
import { contactPart } from "./StatisticsContactPart.ts"
import * as StatisticsHttp from "./StatisticsHttp.ts"
import * as StatisticsJobs from "./StatisticsJobs.ts"
import { part } from "./StatisticsPart.ts"

/** Counts of plays, players, verdicts and refusals. They name no person. */
export const StatisticsModule = defineModule({
  name: "statistics",
  optional: { needs: [] },
  tables: [
    "statistics_difference",
    "statistics_quarter",
    "statistics_hour",
    "statistics_total",
    "statistics_distinct",
    "statistics_forgotten",
    "statistics_refusal",
    "statistics_note",
    "statistics_state"
  ],
  // In the order of their files, as `npm run generate` lists them.
  groups: [NotesApi, StatisticsApi],
  about: "It counts what is played.",
  permissions: [
    {
      name: "statistics:read",
      description: "See statistics of plays, players and verdicts.",
      roles: ["viewer", "editor", "admin", "owner"]
    },
    {
      name: "statistics:write",
      description: "Note on the charts of statistics what happened, such as a mailing.",
      roles: ["editor", "admin", "owner"]
    }
  ],
  playPart: part,
  contactPart,
  services: Overviews.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(Statistics.layer, Refusals.layer, Folding.layer, Mending.layer, Distinct.layer, Notes.layer)
    )
  ),
  http: Layer.merge(StatisticsHttp.layer, NotesHttp.layer),
  jobs: StatisticsJobs.layer,
  commands: [statistics]
})
