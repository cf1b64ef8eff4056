import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs, NotPermitted } from "../../platform/contract/Access.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import { bodyProblems, DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { AccountId } from "../Account.ts"
import { AccountNotFound, RoleTooHigh } from "../ManagementErrors.ts"
import { ApiKeyCursor, ApiKeyFacts, ApiKeyId, MadeApiKey, NewApiKey } from "./ApiKey.ts"
import { KeyExpired, KeyNotFound, KeyOfAnotherPerson } from "./KeyErrors.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const

const ApiKeyPage = Paging.pageOf(ApiKeyFacts, ApiKeyCursor, {
  identifier: "ApiKeyPage",
  description: "A page of the keys of an account."
})

export class ApiKeysApi extends HttpApiGroup.make("apiKeys")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...Paging.query(ApiKeyCursor),
        account: Schema.optionalKey(
          AccountId.annotate({
            description: "The keys of this account; left out: one's own. Another account's need `keys:write`."
          })
        )
      },
      success: ApiKeyPage,
      error: [AccountNotFound, NotPermitted, ...any]
    })
      .annotate(OpenApi.Summary, "List keys")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        "The keys of an account that are not revoked, newest first, in pages. Asked with a key that lacks `keys:write`, it shows that key alone."
      )
      .pipe(needs("signed-in")),
    HttpApiEndpoint.post("create", "/", {
      payload: NewApiKey,
      success: MadeApiKey.pipe(HttpApiSchema.status(201)),
      error: [AccountNotFound, NotPermitted, KeyOfAnotherPerson, RoleTooHigh, KeyExpired, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Make a key")
      .annotate(
        OpenApi.Description,
        "Makes a key for one's own account or, with `keys:write`, for a machine's. Both the maker and the account must have each scope. The key is in this answer only. A key cannot make keys."
      )
      .pipe(needs("signed-in", { isRecent: true, isProven: true })),
    HttpApiEndpoint.delete("delete", "/:id", {
      params: { id: ApiKeyId },
      success: HttpApiSchema.NoContent,
      error: [KeyNotFound, RoleTooHigh, ...any]
    })
      .annotate(OpenApi.Summary, "Revoke a key")
      .annotate(
        OpenApi.Description,
        "The key is refused from its next request on, whichever replica it reaches. One's own key or, with `keys:write`, another's. A key that lacks `keys:write` may revoke itself, and no other."
      )
      .pipe(needs("signed-in"))
  )
  .prefix("/api/v1/api-keys")
  .annotate(OpenApi.Description, "The keys that programs get in with.") {}
