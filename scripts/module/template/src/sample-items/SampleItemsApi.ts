import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "../platform/contract/Access.ts"
import { ETag, IfMatch } from "../platform/contract/Edits.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { bodyProblems, ChangedMeanwhile, DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { NewSampleItem, SampleItemChange, SampleItemCursor, SampleItemFacts, SampleItemId } from "./SampleItem.ts"
import { SampleItemNameTaken, SampleItemNotFound } from "./SampleItemErrors.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const

const params = { id: SampleItemId }
const editHeaders = { "if-match": Schema.optionalKey(IfMatch) }

const location = Schema.String.annotate({
  description: "The path of the sample item.",
  examples: ["/api/v1/sample-items/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"]
})

const SampleItemPage = Paging.pageOf(SampleItemFacts, SampleItemCursor, {
  identifier: "SampleItemPage",
  description: "A page of the sample items."
})

export class SampleItemsApi extends HttpApiGroup.make("sampleItems")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: Paging.query(SampleItemCursor),
      success: SampleItemPage,
      error: any
    })
      .annotate(OpenApi.Summary, "List sample items")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(OpenApi.Description, "All sample items, newest first, in pages.")
      .pipe(needs("sample-items:read")),
    HttpApiEndpoint.get("get", "/:id", {
      params,
      success: HttpApiSchema.WithHeaders(SampleItemFacts, { etag: ETag }),
      error: [SampleItemNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Show a sample item")
      .annotate(OpenApi.Description, "Returns the sample item. Edits send its `ETag` as `If-Match`.")
      .pipe(needs("sample-items:read")),
    HttpApiEndpoint.post("create", "/", {
      payload: NewSampleItem,
      success: HttpApiSchema.WithHeaders(SampleItemFacts.pipe(HttpApiSchema.status(201)), { etag: ETag, location }),
      error: [SampleItemNameTaken, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Create a sample item")
      .annotate(OpenApi.Description, "Creates a sample item. Of concurrent requests with the same name, one succeeds.")
      .pipe(needs("sample-items:write")),
    HttpApiEndpoint.patch("update", "/:id", {
      params,
      headers: editHeaders,
      payload: SampleItemChange,
      success: HttpApiSchema.WithHeaders(SampleItemFacts, { etag: ETag }),
      error: [SampleItemNotFound, SampleItemNameTaken, ChangedMeanwhile, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Change a sample item")
      .annotate(
        OpenApi.Description,
        "Changes the fields in the body, and no others. With `If-Match`, it fails if the sample item has changed since it was read."
      )
      .pipe(needs("sample-items:write")),
    HttpApiEndpoint.delete("delete", "/:id", {
      params,
      headers: editHeaders,
      success: HttpApiSchema.NoContent,
      error: [SampleItemNotFound, ChangedMeanwhile, ...any]
    })
      .annotate(OpenApi.Summary, "Delete a sample item")
      .annotate(
        OpenApi.Description,
        "Deletes the sample item permanently. With `If-Match`, it fails if the sample item has changed since it was read."
      )
      .pipe(needs("sample-items:write"))
  )
  .prefix("/api/v1/sample-items")
  .annotate(OpenApi.Description, "Listing, creating, changing and deleting sample items.") {}
