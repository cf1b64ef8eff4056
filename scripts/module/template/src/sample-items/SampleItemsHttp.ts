import { Effect } from "effect"
import { HttpApiSchema } from "effect/http-api"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { TooManyRequests } from "../platform/contract/Problems.ts"
import type { SampleItem } from "./SampleItem.ts"
import { SampleItems } from "./SampleItems.ts"
import { SampleItemsApi } from "./SampleItemsApi.ts"
import { SampleItemsSettings } from "./SampleItemsSettings.ts"

const withETag = (body: SampleItem) => HttpApiSchema.withHeaders({ body, headers: { etag: body.version } })

export const layer = Handlers.group(
  contractOf(SampleItemsApi),
  "sampleItems",
  Effect.fnUntraced(function* (handlers) {
    const service = yield* SampleItems
    const limits = yield* RateLimits
    const { rateLimitSampleItems } = yield* SampleItemsSettings

    return handlers.handleAll({
      list: ({ query: { cursor: after, limit } }) => service.list({ after, limit }),
      get: ({ params }) => Effect.map(service.find(params.id), withETag),
      create: Effect.fnUntraced(function* ({ payload }) {
        const seconds = yield* limits.take("sample-items", rateLimitSampleItems)
        if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
        const body = yield* service.add(payload)
        return HttpApiSchema.withHeaders({
          body,
          headers: { etag: body.version, location: `/api/v1/sample-items/${body.id}` }
        })
      }),
      update: ({ headers, params, payload }) =>
        Effect.map(service.change(params.id, payload, headers["if-match"] ?? null), withETag),
      delete: ({ headers, params }) => service.remove(params.id, headers["if-match"] ?? null)
    })
  })
)
