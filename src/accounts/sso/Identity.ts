import { Schema } from "effect"
import * as Moment from "../../platform/contract/Moment.ts"
import { uuidV7 } from "../../platform/contract/UuidV7.ts"
import { AccountId } from "../Account.ts"

export const identityExample = "019aa0c5-9b22-7e41-9d6f-4a1b8c7f3e52"

export const IdentityId = uuidV7("identity", identityExample).pipe(Schema.brand("IdentityId"))
export type IdentityId = typeof IdentityId.Type

/** A row of the table. */
export const Identity = Schema.Struct({
  id: IdentityId,
  accountId: AccountId,
  connection: Schema.String,
  issuer: Schema.String,
  subject: Schema.String,
  email: Schema.NullOr(Schema.String),
  createdAt: Schema.DateTimeUtcFromDate,
  lastUsedAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
export type Identity = typeof Identity.Type

/** The answer. */
export const IdentityFacts = Schema.Struct({
  id: IdentityId,
  connection: Schema.String.annotate({ description: "The connection that it was linked by.", examples: ["google"] }),
  title: Schema.String.annotate({
    description: "The connection's name for people; of one that was taken out of `SSO_CONNECTIONS`, its name.",
    examples: ["Google"]
  }),
  isUsable: Schema.Boolean.annotate({
    description: "Whether it signs in: its connection is still in `SSO_CONNECTIONS`.",
    examples: [true]
  }),
  email: Schema.NullOr(Schema.String).annotate({
    description: "The address at the provider, for display; null: it told none.",
    examples: ["nora@brand.example"]
  }),
  createdAt: Moment.toClient("When it was linked, in UTC.", "2026-11-20T10:00:00.000Z"),
  lastUsedAt: Moment.toClientOrNull("When it last signed in, in UTC; null: never.", "2026-11-21T08:30:00.000Z")
}).annotate({
  identifier: "LinkedIdentity",
  description: "An account at an identity provider that signs in to this one."
})
