import { Context, Effect, Option, Schema } from "effect"
import { type HttpApiEndpoint, HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"
import { Problem } from "./Problem.ts"
import { DatabaseUnavailable } from "./Problems.ts"

/**
 * What an operation needs of its caller. An operation that says nothing is public, and a test demands that the face of its
 * module lists it by name. The accounts of people and programs implement this. Clients load this file, so it imports no server
 * code.
 */

/** What a caller may do, such as `games:write`. Modules declare their permissions in their faces. */
export type PermissionName = `${string}:${string}`

/** Every role, from the one that may do least. */
export const roles = ["viewer", "editor", "admin", "owner"] as const
export type Role = (typeof roles)[number]

/** Who calls: a signed-in person, or a program with a key. */
export interface Actor {
  readonly accountId: string
  readonly role: Role
  /** Of a key: its scopes that its account's role has today. */
  readonly permissions: ReadonlySet<string>
  readonly by:
    | { readonly _tag: "Session"; readonly id: string; readonly authenticatedAt: Date }
    | { readonly _tag: "ApiKey"; readonly id: string }
  /** The installation asks for a second factor that the session lacks. Until then the actor has no permission. */
  readonly owesSecondFactor?: boolean
}

/** The caller of an operation that needs one. */
export class CurrentActor extends Context.Service<CurrentActor, Actor>()("fairground/platform/contract/CurrentActor") {}

/** The caller of an operation that also answers without one, then with less. */
export class PossibleActor extends Context.Service<PossibleActor, Option.Option<Actor>>()(
  "fairground/platform/contract/PossibleActor"
) {}

/** Who a player's token speaks for. */
export interface TokenHolder {
  /** Of the token, which can be ended by it; null: the brand's server signed it, and it ends by itself. */
  readonly tokenId: string | null
  /** Null: nobody has played with the address yet. */
  readonly playerId: string | null
  /** As first typed; where nobody has played with it, as the brand's server wrote it. */
  readonly email: string
  /** The address normalised. */
  readonly emailKey: string
}

/** Who calls an operation of a token's holder: that person, or somebody with the permission. */
export type Holder = ({ readonly _tag: "Player" } & TokenHolder) | { readonly _tag: "Actor"; readonly actor: Actor }

/** The caller of an operation that `holds`. */
export class CurrentHolder extends Context.Service<CurrentHolder, Holder>()(
  "fairground/platform/contract/CurrentHolder"
) {}

export interface AccessOptions {
  /** Needs a session whose person signed in within the last 10 minutes. */
  readonly isRecent?: boolean
  /** Needs a session: what a person does with their own account is not for their programs. */
  readonly isSession?: boolean
  /**
   * Needs the second factor where the installation asks this account for one, as every permission does. For one's own affairs that
   * lead beyond them, such as making a key: without it, a key would be a way around the factor.
   */
  readonly isProven?: boolean
}

/** What one operation needs. Only `needs`, `widens` and `holds` below write it. */
export class Access extends Context.Service<
  Access,
  {
    /** Null: any account, or any token, because the operation is about the caller's own affairs. */
    readonly permission: PermissionName | null
    readonly isOptional: boolean
    /** A player's token is enough; instead of one, the permission. */
    readonly isHolder: boolean
    readonly isRecent: boolean
    readonly isSession: boolean
    readonly isProven: boolean
  }
>()("fairground/platform/contract/Access") {}

/** 401: no credential, or one that is unknown, expired or revoked. */
export class NotSignedIn extends Problem<NotSignedIn>()("NotSignedIn", {
  name: "not-signed-in",
  status: 401,
  title: "The request has no valid credential",
  explanation:
    "The operation needs a key (`Authorization: Bearer fgk_…`) or the session of a signed-in person; those that are for players take a player's token (`Fairground-Token`), some of them nothing else. There was none, or it is unknown, expired or revoked: all of these are answered alike."
}) {}

/** 403: the caller lacks the permission. */
export class NotPermitted extends Problem<NotPermitted>()(
  "NotPermitted",
  {
    name: "not-permitted",
    status: 403,
    title: "The account or key may not do this",
    explanation:
      "The operation needs the permission in `permission`, which the role of the account, or the scopes of the key, do not include. An admin gives roles; a key gets its scopes when it is made."
  },
  {
    permission: Schema.String.annotate({ description: "The permission that is needed.", examples: ["games:write"] })
  }
) {}

/** 403: a browser sent the request for a page of another site. */
export class CrossSiteRequest extends Problem<CrossSiteRequest>()("CrossSiteRequest", {
  name: "cross-site-request",
  status: 403,
  title: "The request did not come from a page of this service",
  explanation:
    "A session counts only for requests that the service's own pages send, because browsers add its cookie to requests of other sites too. `Sec-Fetch-Site` or `Origin` says that this request came from elsewhere, or neither was there. Programs use a key."
}) {}

/** 403: the person signed in too long ago for this. */
export class ReauthenticationRequired extends Problem<ReauthenticationRequired>()("ReauthenticationRequired", {
  name: "reauthentication-required",
  status: 403,
  title: "Sign in again for this",
  explanation:
    "The operation is sensitive: it needs a session whose person has proven who they are within the last 10 minutes, so that an unattended browser is not enough. `POST /api/v1/session/confirmation` renews the proof. A key cannot do this."
}) {}

/** 403: the role needs a second factor, and the account has none. */
export class SecondFactorRequired extends Problem<SecondFactorRequired>()("SecondFactorRequired", {
  name: "second-factor-required",
  status: 403,
  title: "Set up a second factor first",
  explanation:
    "This installation asks accounts of this role for a second factor (`SECOND_FACTOR`), and the account has none yet. Until it is set up, the session only reaches the person's own account."
}) {}

/** 503: a signed token cannot be judged for now. */
export class TokenKeysUnavailable extends Problem<TokenKeysUnavailable>()("TokenKeysUnavailable", {
  name: "token-keys-unavailable",
  status: 503,
  title: "The keys of signed tokens cannot be read",
  explanation:
    "The token in `Fairground-Token` was signed by the brand's server, whose public keys (`PLAYER_TOKEN_KEY`) do not answer for now, so that nobody can tell whether it is genuine. Try again; the log says more."
}) {}

const described = <A extends HttpApiSecurity.HttpApiSecurity>(security: A, description: string) =>
  HttpApiSecurity.annotate(security, OpenApi.Description, description)

/** The cookie of a session. `__Host-`: browsers take it only over TLS or from loopback, for this very host and no path. */
export const sessionCookie = described(
  HttpApiSecurity.apiKey({ in: "cookie", key: "__Host-fairground" }),
  "The session of a signed-in person, for the service's own pages."
)

export const apiKey = described(
  HttpApiSecurity.annotate(HttpApiSecurity.bearer, OpenApi.Format, "fgk_"),
  "A key of a program or a person, made at `POST /api/v1/api-keys`."
)

/** The header of players' tokens. `Authorization` is for keys alone. */
export const playerToken = described(
  HttpApiSecurity.apiKey({ in: "header", key: "Fairground-Token" }),
  "The token of a player, from `POST /api/v1/player-tokens` (`fgp_`), or one that the brand's server signed (a JWT; see docs/players.md)."
)

/** What a request presents, not looked at yet. */
export class Credential extends Context.Service<
  Credential,
  Option.Option<{ readonly _tag: Actor["by"]["_tag"]; readonly token: string }>
>()("fairground/platform/contract/Credential") {}

// The schemes of one security middleware are alternatives, and the problem of the last one tried is answered. So this one only
// picks the credential and never fails; the next one judges it.
export class Presents extends HttpApiMiddleware.Service<Presents, { provides: Credential }>()(
  "fairground/platform/contract/Presents",
  { security: { apiKey, session: sessionCookie }, error: NotSignedIn }
) {}

/** Judges the credential, and provides who calls. */
export class SignedIn extends HttpApiMiddleware.Service<SignedIn, { requires: Credential; provides: CurrentActor }>()(
  "fairground/platform/contract/SignedIn",
  {
    error: [
      NotSignedIn,
      NotPermitted,
      CrossSiteRequest,
      ReauthenticationRequired,
      SecondFactorRequired,
      DatabaseUnavailable
    ]
  }
) {}

/** The same for an operation that also answers without a credential. A wrong one is refused all the same. */
export class MaybeSignedIn extends HttpApiMiddleware.Service<
  MaybeSignedIn,
  { requires: Credential; provides: PossibleActor }
>()("fairground/platform/contract/MaybeSignedIn", {
  error: [NotSignedIn, CrossSiteRequest, DatabaseUnavailable]
}) {}

/** What a request of an operation that `holds` presents, not looked at yet. */
export class HolderCredential extends Context.Service<
  HolderCredential,
  Option.Option<{ readonly _tag: Actor["by"]["_tag"] | "PlayerToken"; readonly token: string }>
>()("fairground/platform/contract/HolderCredential") {}

/** As `Presents`, with a player's token before the others: who sends one means it. */
export class PresentsHolder extends HttpApiMiddleware.Service<PresentsHolder, { provides: HolderCredential }>()(
  "fairground/platform/contract/PresentsHolder",
  { security: { playerToken, apiKey, session: sessionCookie }, error: NotSignedIn }
) {}

/** Judges a player's token or a credential with the permission, and provides who calls. */
export class Holds extends HttpApiMiddleware.Service<Holds, { requires: HolderCredential; provides: CurrentHolder }>()(
  "fairground/platform/contract/Holds",
  {
    error: [
      NotSignedIn,
      NotPermitted,
      CrossSiteRequest,
      SecondFactorRequired,
      TokenKeysUnavailable,
      DatabaseUnavailable
    ]
  }
) {}

type Mark = (operation: Record<string, unknown>) => Record<string, unknown>

/** Keeps what an endpoint's own transform does. */
const transformed = (endpoint: HttpApiEndpoint.Top, mark: Mark): Mark => {
  const own = Context.getOption(endpoint.annotations, OpenApi.Transform)
  return (operation) => mark(own._tag === "Some" ? (own.value(operation) as Record<string, unknown>) : operation)
}

const withSentence = (operation: Record<string, unknown>, sentence: string) => ({
  ...operation,
  description: [operation["description"], sentence].filter((text) => typeof text === "string").join("\n\n")
})

type With<E, M extends HttpApiMiddleware.AnyId> = HttpApiEndpoint.AddMiddleware<E, M>

/**
 * The endpoint with what it needs of its caller: a permission, or `"signed-in"` for the caller's own affairs. The last thing of an
 * endpoint, after its annotations:
 *
 * ```ts
 * HttpApiEndpoint.get("list", "/", { … }).annotate(OpenApi.Summary, "List games").pipe(needs("games:read"))
 * ```
 */
export const needs =
  (
    permission: PermissionName | "signed-in",
    { isProven = false, isRecent = false, isSession = isRecent }: AccessOptions = {}
  ) =>
  <E extends HttpApiEndpoint.Constraint>(endpoint: E): With<With<E, SignedIn>, Presents> => {
    const any = endpoint as unknown as HttpApiEndpoint.Top
    const own = permission === "signed-in"
    return any
      .middleware(SignedIn)
      .middleware(Presents)
      .annotate(Access, {
        permission: own ? null : permission,
        isOptional: false,
        isHolder: false,
        isRecent,
        isSession,
        isProven: isProven || !own
      })
      .annotate(
        OpenApi.Transform,
        transformed(any, (operation) => ({
          ...withSentence(
            operation,
            `${own ? (isSession && !isRecent ? "Needs a session." : "Needs an account or a key.") : `Needs the permission \`${permission}\`.`}${isRecent ? " Needs a session that was confirmed within the last 10 minutes." : ""}`
          ),
          ...(own ? {} : { "x-permission": permission })
        }))
      ) as unknown as With<With<E, SignedIn>, Presents>
  }

/**
 * The endpoint as one that answers without a credential, and answers more, or does more, for a caller with this permission. Its
 * handler asks `PossibleActor`; a wrong credential is 401.
 */
export const widens =
  (permission: PermissionName) =>
  <E extends HttpApiEndpoint.Constraint>(endpoint: E): With<With<E, MaybeSignedIn>, Presents> => {
    const any = endpoint as unknown as HttpApiEndpoint.Top
    return any
      .middleware(MaybeSignedIn)
      .middleware(Presents)
      .annotate(Access, {
        permission,
        isOptional: true,
        isHolder: false,
        isRecent: false,
        isSession: false,
        isProven: false
      })
      .annotate(
        OpenApi.Transform,
        transformed(any, (operation) => ({
          ...withSentence(operation, `Public; more for callers with the permission \`${permission}\`.`),
          security: [{}, ...((operation["security"] ?? []) as ReadonlyArray<object>)],
          "x-permission": permission
        }))
      ) as unknown as With<With<E, MaybeSignedIn>, Presents>
  }

/**
 * The endpoint as one for the holder of a player's token, who reaches nothing but their own, or for a caller with this permission.
 * `"token"`: for nobody else than the holder. Its handler asks `CurrentHolder`, and answers about somebody else's as about what there
 * is not.
 */
export const holds =
  (permission: PermissionName | "token") =>
  <E extends HttpApiEndpoint.Constraint>(endpoint: E): With<With<E, Holds>, PresentsHolder> => {
    const any = endpoint as unknown as HttpApiEndpoint.Top
    const own = permission === "token"
    return any
      .middleware(Holds)
      .middleware(PresentsHolder)
      .annotate(Access, {
        permission: own ? null : permission,
        isOptional: false,
        isHolder: true,
        isRecent: false,
        isSession: false,
        isProven: !own
      })
      .annotate(
        OpenApi.Transform,
        transformed(any, (operation) => ({
          ...withSentence(
            operation,
            own
              ? "Needs a player's token."
              : `Needs a player's token, for what is that player's own, or the permission \`${permission}\`.`
          ),
          ...(own ? { security: [{ playerToken: [] }] } : { "x-permission": permission })
        }))
      ) as unknown as With<With<E, Holds>, PresentsHolder>
  }

/** Whether the caller of an operation that `widens` has the permission. */
export const may = (permission: PermissionName): Effect.Effect<boolean, never, PossibleActor> =>
  Effect.map(
    PossibleActor,
    Option.exists(({ permissions }) => permissions.has(permission))
  )

/** The problems of `demand`, for the errors of an endpoint. */
export const demanded = [NotSignedIn, NotPermitted, SecondFactorRequired] as const

/** For an operation that `widens` where the permission is needed for what was asked: fails as behind `needs`. */
export const demand = (
  permission: PermissionName
): Effect.Effect<void, NotSignedIn | NotPermitted | SecondFactorRequired, PossibleActor> =>
  Effect.flatMap(PossibleActor, (caller): Effect.Effect<void, NotSignedIn | NotPermitted | SecondFactorRequired> => {
    if (Option.isNone(caller)) return Effect.fail(new NotSignedIn({}))
    const { owesSecondFactor, permissions } = caller.value
    if (owesSecondFactor === true) return Effect.fail(new SecondFactorRequired({}))
    return permissions.has(permission) ? Effect.void : Effect.fail(new NotPermitted({ permission }))
  })
