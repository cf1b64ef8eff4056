import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

/** What sample items can be told by the environment. */
export class SampleItemsSettings extends group<SampleItemsSettings>()("fairground/sample-items/SampleItemsSettings", {
  // if --jobs
  sampleItemRetention: Setting.durationOrOff("SAMPLE_ITEM_RETENTION", {
    default: "off",
    description: "How long a sample item is kept that nobody changes; then it is deleted. `off`: for good."
  }),
  // end if
  rateLimitSampleItems: Setting.rate("RATE_LIMIT_SAMPLE_ITEMS", {
    default: "120/1m",
    description: "Sample items that are made, of all clients together."
  })
}) {}
