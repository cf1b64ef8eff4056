import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "../platform/contract/Access.ts"
import { TooManyRequests } from "../platform/contract/Problems.ts"

const SettingFacts = Schema.Struct({
  name: Schema.String.annotate({
    description: "The variable of the environment that it is read from.",
    examples: ["PORT"]
  }),
  module: Schema.NullOr(Schema.String).annotate({
    description: "The module whose setting it is; null: none alone.",
    examples: ["plays"]
  }),
  value: Schema.NullOr(Schema.String).annotate({
    description: "What is in force, as it was written; null: a secret, which is never shown.",
    examples: ["8080"]
  }),
  isSet: Schema.Boolean.annotate({
    description: "Whether the environment says it; if not, the default is in force.",
    examples: [false]
  }),
  isSecret: Schema.Boolean.annotate({
    description: "Whether it is a secret: then only `isSet` says something.",
    examples: [false]
  }),
  default: Schema.String.annotate({
    description: "What is in force where the environment says nothing; may be empty.",
    examples: ["8080"]
  }),
  allowed: Schema.String.annotate({
    description: "What it may be, in words.",
    examples: ["a whole number from 0 to 65535"]
  }),
  description: Schema.String.annotate({
    description: "What it means.",
    examples: ["TCP port of the HTTP server; 0 takes a free one."]
  })
}).annotate({ identifier: "Setting", description: "A setting of the process." })
export type SettingFacts = typeof SettingFacts.Type

const SettingList = Schema.Struct({
  items: Schema.Array(SettingFacts).annotate({
    description: "Those of the service, then those of each module that is on, in the order of the documentation."
  })
}).annotate({ identifier: "SettingList", description: "What the process runs with." })

export class SettingsApi extends HttpApiGroup.make("settings")
  .add(
    HttpApiEndpoint.get("list", "/settings", { success: SettingList, error: TooManyRequests })
      .annotate(OpenApi.Summary, "Show the settings")
      .annotate(
        OpenApi.Description,
        "What the process that answers was started with; other replicas may have been started with something else. Settings are read from the environment at the start and change with the next one. Secrets are not shown."
      )
      .pipe(needs("settings:read"))
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Description, "What the service runs with.") {}
