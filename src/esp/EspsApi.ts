import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "../platform/contract/Access.ts"
import { DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { EspNotFound } from "./EspErrors.ts"
import { EspConnectionName, EspFacts } from "./EspFacts.ts"

const params = { name: EspConnectionName }

const EspList = Schema.Struct({
  items: Schema.Array(EspFacts).annotate({ description: "All connections, in the order of the settings." })
}).annotate({ identifier: "EspList", description: "The ESP connections." })

export class EspsApi extends HttpApiGroup.make("esps")
  .add(
    HttpApiEndpoint.get("list", "/", { success: EspList, error: [TooManyRequests] })
      .annotate(OpenApi.Summary, "List ESP connections")
      .annotate(
        OpenApi.Description,
        "The connections of the settings and the sandbox: how each is, what it allows, and what its last check found. Replicas may see it differently."
      )
      .pipe(needs("esps:read")),
    HttpApiEndpoint.get("get", "/:name", { params, success: EspFacts, error: [EspNotFound, TooManyRequests] })
      .annotate(OpenApi.Summary, "Show an ESP connection")
      .annotate(OpenApi.Description, "How the connection is, what it allows, and what its last check found.")
      .pipe(needs("esps:read")),
    HttpApiEndpoint.post("check", "/:name/check", {
      params,
      success: EspFacts,
      error: [EspNotFound, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Check an ESP connection")
      .annotate(
        OpenApi.Description,
        "Asks the provider whether credentials, list, attributes and permissions are right, which changes nothing there, and answers when that is known, within 20 seconds. A provider that cannot be reached is a finding too. `RATE_LIMIT_ESP_CHECK` bounds how often a provider is asked."
      )
      .pipe(needs("esps:write"))
  )
  .prefix("/api/v1/esps")
  .annotate(OpenApi.Description, "Connections to ESPs: circuits, limits, checks.") {}
