import { Schema } from "effect"
import * as Moment from "../../platform/contract/Moment.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import { plainText } from "../../platform/contract/PlainText.ts"
import { uuidV7 } from "../../platform/contract/UuidV7.ts"
import { accountExample, AccountId } from "../Account.ts"

export const keyExample = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54"

export const ApiKeyId = uuidV7("key", keyExample).pipe(Schema.brand("ApiKeyId"))
export type ApiKeyId = typeof ApiKeyId.Type

/** The list is ordered by id, newest first. */
export const ApiKeyCursor = Paging.cursor("api-keys", ApiKeyId, ApiKeyId.make(keyExample))

export const KeyName = plainText(200, {
  description: "What the key is for. One line of at most 200 characters.",
  examples: ["Nightly export"]
})

const mostScopes = 100

/** Names that look like permissions. Whether there is such a permission is asked when a key is made: modules may be off. */
export const Scopes = Schema.Array(
  Schema.String.check(
    Schema.isMaxLength(100),
    Schema.isPattern(/^[a-z]+(?:-[a-z]+)*:[a-z]+$/u, { message: "Expected a permission such as games:read" })
  ).annotate({
    description: "A permission, as `GET /api/v1/roles` lists them.",
    examples: ["games:read"]
  })
)
  .check(Schema.isMinLength(1), Schema.isMaxLength(mostScopes))
  .annotate({
    description: "The permissions of the key. At any time it may do only what its account's role allows then.",
    examples: [["games:read", "tasks:read"]]
  })

/** A row of the table, without the token's hash. */
export const ApiKey = Schema.Struct({
  id: ApiKeyId,
  accountId: AccountId,
  name: KeyName,
  hint: Schema.String,
  scopes: Schema.Array(Schema.String),
  createdBy: Schema.NullOr(Schema.String),
  createdAt: Schema.DateTimeUtcFromDate,
  expiresAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  lastUsedAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
export type ApiKey = typeof ApiKey.Type

/** The body of a creation. */
export const NewApiKey = Schema.Struct({
  name: KeyName,
  scopes: Scopes,
  accountId: Schema.optionalKey(
    AccountId.annotate({
      description: "A machine's account, with the permission `keys:write`; left out: the caller's own account."
    })
  ),
  expiresAt: Schema.optionalKey(
    Schema.NullOr(Moment.fromClient("The key is refused from then on.", "2027-11-20T00:00:00Z")).annotate({
      description: "The key is refused from then on; null or left out: it does not expire."
    })
  )
}).annotate({ identifier: "NewApiKey", description: "A key to make." })
export type NewApiKey = typeof NewApiKey.Type

const facts = {
  id: ApiKeyId,
  accountId: AccountId.annotate({
    description: "The account in whose name the key acts.",
    examples: [accountExample as never]
  }),
  name: KeyName,
  hint: Schema.String.annotate({
    description: "The last four characters of the key, to tell keys apart.",
    examples: ["x3Kq"]
  }),
  scopes: Schema.Array(Schema.String).annotate({
    description: "Its permissions. What the account's role does not allow today does not count.",
    examples: [["games:read", "tasks:read"]]
  }),
  createdBy: Schema.NullOr(Schema.String).annotate({
    description: "The account that made it; null: the command line, or an account that is gone.",
    examples: [accountExample]
  }),
  createdAt: Moment.toClient("When it was made, in UTC.", "2026-11-20T10:00:00.000Z"),
  expiresAt: Moment.toClientOrNull(
    "It is refused from then on, in UTC; null: it does not expire.",
    "2027-11-20T00:00:00.000Z"
  ),
  lastUsedAt: Moment.toClientOrNull(
    "When it was last used, to the minute, in UTC; null: never.",
    "2026-11-21T09:30:00.000Z"
  )
}

/** The answer. */
export const ApiKeyFacts = Schema.Struct(facts).annotate({
  identifier: "ApiKey",
  description: "A key, without the key itself."
})

/** The answer to a creation. */
export const MadeApiKey = Schema.Struct({
  ...facts,
  key: Schema.String.annotate({
    description:
      "The key: send it as `Authorization: Bearer …`. It is shown this once and not stored: only its hash is.",
    // The checksum at the end is wrong, so that no scanner takes the example for a secret.
    examples: ["fgk_0000000000000000000000000000000000000000000example"]
  })
}).annotate({ identifier: "MadeApiKey", description: "A new key, and the key itself." })
