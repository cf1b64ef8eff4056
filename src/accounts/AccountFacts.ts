import { Schema } from "effect"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { queryBoolean } from "../platform/contract/QueryBoolean.ts"
import { accountExample, AccountId, AccountName, Language, RoleName } from "./Account.ts"

/** The list is ordered by id, newest first. */
export const AccountCursor = Paging.cursor("accounts", AccountId, AccountId.make(accountExample))

export const AccountKind = Schema.Literals(["person", "machine"]).annotate({
  description: "`person`: gets in with sessions and keys. `machine`: a program, which gets in with keys only.",
  examples: ["person"]
})

/** The roles that a machine may have. */
export const MachineRole = Schema.Literals(["viewer", "editor", "admin"]).annotate({
  description: "At most the caller's own role. A machine is never an owner.",
  examples: ["editor"]
})

/** `?disabled=`: only the disabled accounts, or only the others. */
export const isDisabledFilter = queryBoolean("`true`: only disabled accounts. `false`: only the others.", "false")

/** An account as those see it who manage accounts. Also a row as `AccountsRepo` reads it. */
const fields = {
  id: AccountId,
  kind: AccountKind,
  email: Schema.NullOr(Schema.String).annotate({
    description: "The person's address; null: a machine.",
    examples: ["nora@brand.example"]
  }),
  name: AccountName,
  role: RoleName,
  language: Language,
  hasSecondFactor: Schema.Boolean.annotate({
    description: "Whether the person has set up codes (TOTP) or a passkey.",
    examples: [true]
  }),
  version: Schema.Int.annotate({
    description: "Starts at 1 and is incremented by each change. The `ETag` holds it too.",
    examples: [1]
  })
}

export const ManagedAccount = Schema.Struct({
  ...fields,
  emailVerifiedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  disabledAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  lastSeenAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Schema.DateTimeUtcFromDate,
  updatedAt: Schema.DateTimeUtcFromDate
})
export type ManagedAccount = typeof ManagedAccount.Type

/** The answer. */
export const AccountFacts = Schema.Struct({
  ...fields,
  emailVerifiedAt: Moment.toClientOrNull(
    "When the person proved the mailbox, in UTC; null: not yet, or a machine.",
    "2026-11-20T10:00:00.000Z"
  ),
  disabledAt: Moment.toClientOrNull(
    "Since when nobody gets in with the account, its sessions and its keys; null: it is enabled.",
    "2026-11-21T10:00:00.000Z"
  ),
  lastSeenAt: Moment.toClientOrNull(
    "When a session or a key of the account was last used, in UTC, to the minute; null: not within the last 90 days, as far as is known. What ended sessions did is not kept, except the last sign-in of each browser by password.",
    "2026-11-21T09:30:00.000Z"
  ),
  createdAt: Moment.toClient("The time of creation, in UTC.", "2026-11-20T10:00:00.000Z"),
  updatedAt: Moment.toClient("The time of the last change, in UTC.", "2026-11-20T10:00:00.000Z")
}).annotate({ identifier: "Account", description: "A person or a program that runs games." })

/** The body of a creation. People come by invitation. */
export const NewMachine = Schema.Struct({
  name: AccountName,
  role: MachineRole
}).annotate({ identifier: "NewMachine", description: "An account for a program." })
export type NewMachine = typeof NewMachine.Type

/** The body of a change. */
export const AccountChange = Schema.Struct({
  name: Schema.optionalKey(AccountName),
  role: Schema.optionalKey(RoleName),
  disabled: Schema.optionalKey(
    Schema.Boolean.annotate({
      description:
        "`true` ends the account's sessions, and nobody gets in with it or its keys from the next request on. `false` lets it in again; its keys count again.",
      examples: [true]
    })
  )
}).annotate({
  identifier: "AccountChange",
  description: "The fields to change. Fields that are left out keep their values."
})
export type AccountChange = typeof AccountChange.Type

/** A role in the answer of `GET /api/v1/roles`. */
export const RoleFacts = Schema.Struct({
  name: RoleName,
  description: Schema.String.annotate({ description: "For people.", examples: ["Sees games and tasks."] }),
  permissions: Schema.Array(
    Schema.Struct({
      name: Schema.String.annotate({ description: "As operations and keys name it.", examples: ["games:write"] }),
      description: Schema.String.annotate({
        description: "What it allows, for people.",
        examples: ["Add, change and close games."]
      })
    }).annotate({ identifier: "Permission", description: "What a caller may do." })
  ).annotate({ description: "All that accounts of this role may do, by name." })
}).annotate({ identifier: "Role", description: "A role and what it may do." })

export const RoleList = Schema.Struct({
  items: Schema.Array(RoleFacts).annotate({ description: "Every role, from the one that may do least." })
}).annotate({ identifier: "RoleList", description: "The roles." })
