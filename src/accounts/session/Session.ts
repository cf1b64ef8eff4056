import { Schema } from "effect"
import * as Moment from "../../platform/contract/Moment.ts"
import { uuidV7 } from "../../platform/contract/UuidV7.ts"
import { AccountId, AccountName, Language, Method, RoleName } from "../Account.ts"

const example = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54"

export const SessionId = uuidV7("session", example).pipe(Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

const methods = Schema.Array(Method).annotate({
  description: "How the person proved who they are.",
  examples: [["password", "totp"]]
})

const authenticatedAt = Moment.toClient(
  "When the person last proved who they are. Sensitive operations need this to be within the last 10 minutes.",
  "2026-11-20T10:00:00.000Z"
)
const lastSeenAt = Moment.toClient("When the session was last used, to the minute.", "2026-11-20T10:05:00.000Z")
const expiresAt = Moment.toClient(
  "The session ends then at the latest; earlier if it is not used (`SESSION_IDLE`).",
  "2026-11-21T10:00:00.000Z"
)

/** Who a request belongs to. */
export const Identity = Schema.Struct({
  account: Schema.Struct({
    id: AccountId,
    kind: Schema.Literals(["person", "machine"]).annotate({
      description: "`person` or `machine`.",
      examples: ["person"]
    }),
    email: Schema.NullOr(Schema.String).annotate({
      description: "The person's address; null: a machine.",
      examples: ["nora@brand.example"]
    }),
    name: AccountName,
    role: RoleName,
    language: Language
  }).annotate({ identifier: "IdentityAccount", description: "The account." }),
  permissions: Schema.Array(Schema.String).annotate({
    description: "What the session or key may do, sorted.",
    examples: [["games:read", "games:write"]]
  }),
  session: Schema.NullOr(
    Schema.Struct({ id: SessionId, methods, authenticatedAt, lastSeenAt, expiresAt }).annotate({
      identifier: "IdentitySession",
      description: "The session."
    })
  ).annotate({ description: "The session that the request came with; null: a key." }),
  secondFactor: Schema.Struct({
    totp: Schema.Boolean.annotate({ description: "Whether an authenticator app is set up.", examples: [true] }),
    passkey: Schema.Boolean.annotate({ description: "Whether the account has a passkey.", examples: [false] }),
    recoveryCodes: Schema.Int.annotate({ description: "How many recovery codes are left.", examples: [10] }),
    isOwed: Schema.Boolean.annotate({
      description:
        "Whether this installation asks the account for a second factor that the session has not: until one is set up, it reaches its own account only.",
      examples: [false]
    })
  }).annotate({ identifier: "IdentitySecondFactor", description: "The second factors of the account." })
}).annotate({ identifier: "Identity", description: "Who the request belongs to, and what they may do." })
export type Identity = typeof Identity.Type

/** A session in the list of one's own. */
export const SessionFacts = Schema.Struct({
  id: SessionId,
  isCurrent: Schema.Boolean.annotate({ description: "Whether the request came with this one.", examples: [true] }),
  methods,
  authenticatedAt,
  lastSeenAt,
  expiresAt,
  address: Schema.NullOr(Schema.String).annotate({
    description: "The client's network address when it was made; null: not known.",
    examples: ["192.0.2.7"]
  }),
  userAgent: Schema.NullOr(Schema.String).annotate({
    description: "What the browser called itself then; null: nothing.",
    examples: ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"]
  })
}).annotate({ identifier: "Session", description: "A signed-in browser." })

export const SessionList = Schema.Struct({
  items: Schema.Array(SessionFacts).annotate({ description: "The last used first; an account has 50 at the most." })
}).annotate({ identifier: "SessionList", description: "The sessions of the account." })

/** What is still owed. */
export const SecondFactorOwed = Schema.Struct({
  methods: Schema.Array(Schema.Literals(["totp", "recovery-code", "passkey"])).annotate({
    description: "How the second factor may be proven.",
    examples: [["totp", "recovery-code"]]
  })
}).annotate({
  identifier: "SecondFactorOwed",
  description: "The first factor is right. `POST /api/v1/session/second-factor` proves the second within 5 minutes."
})
