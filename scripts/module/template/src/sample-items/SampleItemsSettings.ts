import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

export class SampleItemsSettings extends group<SampleItemsSettings>()("fairground/sample-items/SampleItemsSettings", {
  // if --jobs
  sampleItemRetention: Setting.durationOrOff("SAMPLE_ITEM_RETENTION", {
    default: "off",
    description: "How long a sample item is kept after its last change. `off`: forever."
  }),
  // end if
  rateLimitSampleItems: Setting.rate("RATE_LIMIT_SAMPLE_ITEMS", {
    default: "120/1m",
    description: "Creations of sample items, by all clients together."
  })
}) {}
