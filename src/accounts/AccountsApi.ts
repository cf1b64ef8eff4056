import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "../platform/contract/Access.ts"
import { ETag, IfMatch } from "../platform/contract/Edits.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { bodyProblems, ChangedMeanwhile, DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../platform/contract/SecretsKeyMissing.ts"
import { accountExample, AccountId, RoleName } from "./Account.ts"
import {
  AccountChange,
  AccountCursor,
  AccountFacts,
  AccountKind,
  isDisabledFilter,
  NewMachine,
  RoleList
} from "./AccountFacts.ts"
import { AccountNotFound, LastOwner, NoPasswordReset, RoleTooHigh } from "./ManagementErrors.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const

const params = { id: AccountId }
const editHeaders = { "if-match": Schema.optionalKey(IfMatch) }

const location = Schema.String.annotate({
  description: "The path of the account.",
  examples: [`/api/v1/accounts/${accountExample}`]
})

const AccountPage = Paging.pageOf(AccountFacts, AccountCursor, {
  identifier: "AccountPage",
  description: "A page of the accounts."
})

const write = needs("accounts:write", { isRecent: true })

export class AccountsApi extends HttpApiGroup.make("accounts")
  .add(
    HttpApiEndpoint.get("list", "/accounts", {
      query: {
        ...Paging.query(AccountCursor),
        kind: Schema.optionalKey(AccountKind.annotate({ description: "Only accounts of this kind." })),
        role: Schema.optionalKey(RoleName.annotate({ description: "Only accounts with this role." })),
        disabled: Schema.optionalKey(isDisabledFilter)
      },
      success: AccountPage,
      error: any
    })
      .annotate(OpenApi.Summary, "List accounts")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(OpenApi.Description, "The accounts of people and machines, newest first, in pages.")
      .pipe(needs("accounts:read")),
    HttpApiEndpoint.post("create", "/accounts", {
      payload: NewMachine,
      success: HttpApiSchema.WithHeaders(AccountFacts.pipe(HttpApiSchema.status(201)), { etag: ETag, location }),
      error: [RoleTooHigh, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Create a machine's account")
      .annotate(
        OpenApi.Description,
        "Creates an account for a program, so that its keys outlive whoever made them. It has no password and no sessions: `POST /api/v1/api-keys` makes its keys. People come by invitation."
      )
      .pipe(write),
    HttpApiEndpoint.get("get", "/accounts/:id", {
      params,
      success: HttpApiSchema.WithHeaders(AccountFacts, { etag: ETag }),
      error: [AccountNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Show an account")
      .annotate(OpenApi.Description, "Returns the account. Edits send its `ETag` as `If-Match`.")
      .pipe(needs("accounts:read")),
    HttpApiEndpoint.patch("update", "/accounts/:id", {
      params,
      headers: editHeaders,
      payload: AccountChange,
      success: HttpApiSchema.WithHeaders(AccountFacts, { etag: ETag }),
      error: [AccountNotFound, LastOwner, RoleTooHigh, ChangedMeanwhile, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Change an account")
      .annotate(
        OpenApi.Description,
        "Changes name, role, or whether the account is disabled. It acts with the account's next request, by session or key. Disabling also ends the sessions. Invitations that the account has sent and could not send any more are revoked. One's own account is changed like any other."
      )
      .pipe(write),
    HttpApiEndpoint.delete("delete", "/accounts/:id", {
      params,
      headers: editHeaders,
      success: HttpApiSchema.NoContent,
      error: [AccountNotFound, LastOwner, RoleTooHigh, ChangedMeanwhile, ...any]
    })
      .annotate(OpenApi.Summary, "Delete an account")
      .annotate(
        OpenApi.Description,
        "Deletes the account with its sessions, keys and factors, and revokes the invitations that it sent. The audit log keeps what it did. Disabling keeps the account."
      )
      .pipe(write),
    HttpApiEndpoint.delete("endSessions", "/accounts/:id/sessions", {
      params,
      success: HttpApiSchema.NoContent,
      error: [AccountNotFound, RoleTooHigh, ...any]
    })
      .annotate(OpenApi.Summary, "End an account's sessions")
      .annotate(
        OpenApi.Description,
        "Signs the person out everywhere, from the next request of each browser on. Keys stay: revoke them one by one, or disable the account."
      )
      .pipe(write),
    HttpApiEndpoint.delete("removeSecondFactor", "/accounts/:id/second-factor", {
      params,
      success: HttpApiSchema.NoContent,
      error: [AccountNotFound, RoleTooHigh, ...any]
    })
      .annotate(OpenApi.Summary, "Remove an account's second factor")
      .annotate(
        OpenApi.Description,
        "For a person who has lost phone and recovery codes: removes authenticator app, passkeys and recovery codes, ends the sessions, and tells the person by mail. The password stays. Make sure by another way that it is this person who asks."
      )
      .pipe(write)
  )
  .add(
    HttpApiEndpoint.post("requestReset", "/accounts/:id/password-reset", {
      params,
      success: HttpApiSchema.Empty(202),
      error: [AccountNotFound, NoPasswordReset, RoleTooHigh, SecretsKeyMissing, ...any]
    })
      .annotate(OpenApi.Summary, "Send an account a link for a new password")
      .annotate(
        OpenApi.Description,
        "Sends the person a mail with a link, as `POST /api/v1/password-resets` does. Nobody sets another person's password. Nothing changes until the link is used. Three links in half an hour are sent at the most."
      )
      .pipe(write),
    HttpApiEndpoint.get("roles", "/roles", {
      success: RoleList,
      error: any
    })
      .annotate(OpenApi.Summary, "List roles")
      .annotate(
        OpenApi.Description,
        "What accounts of each role may do. The permissions are those of the modules that are on."
      )
      .pipe(needs("signed-in"))
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Description, "The accounts of people and programs, and the roles that say what each may do.") {}
