import { defineModule } from "../Module.ts"
import { SampleItems } from "./SampleItems.ts"
import { SampleItemsApi } from "./SampleItemsApi.ts"
// if --cli
import { command } from "./SampleItemsCli.ts"
// end if
import * as SampleItemsHttp from "./SampleItemsHttp.ts"
// if --jobs
import * as SampleItemsJobs from "./SampleItemsJobs.ts"
// end if
import { SampleItemsSettings } from "./SampleItemsSettings.ts"

export const SampleItemsModule = defineModule({
  name: "sample-items",
  // if not --core
  optional: { needs: [] },
  // end if
  settings: [SampleItemsSettings],
  tables: ["sample_item"],
  groups: [SampleItemsApi],
  publicOperations: [],
  permissions: [
    { name: "sample-items:read", description: "See sample items.", roles: ["viewer", "editor", "admin", "owner"] },
    {
      name: "sample-items:write",
      description: "Create, change and delete sample items.",
      roles: ["editor", "admin", "owner"]
    }
  ],
  services: SampleItems.layer,
  http: SampleItemsHttp.layer,
  // if --jobs
  jobs: SampleItemsJobs.layer,
  // end if
  // if --cli
  commands: [command]
  // end if
})
