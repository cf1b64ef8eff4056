import { Context, Effect, Layer, Option, type Redacted, Schema, SchemaTransformation } from "effect"
import { plainText } from "../../platform/contract/PlainText.ts"
import { isBaseUrl } from "../../platform/settings/Setting.ts"
import { decodeFields, readNamed, Secret } from "../../platform/settings/NamedSettings.ts"
import { normaliseDomain } from "../registration/Domains.ts"
import { SsoSettings } from "./SsoSettings.ts"

export const isLoopback = (hostname: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)

/** Over plain HTTP anybody on the way could be the provider. On the machine itself it is for trials. */
const isIssuer = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && isBaseUrl(text) && (url.protocol === "https:" || isLoopback(url.hostname))
}

const Issuer = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      isIssuer(text) || "it must be an https:// URL without user, password and query, as the provider calls itself"
  )
)

const Domain = Schema.String.check(
  Schema.makeFilter(
    (text: string) => Option.isSome(normaliseDomain(text)) || "it must be a domain such as brand.example"
  )
).pipe(
  Schema.decodeTo(
    Schema.String,
    SchemaTransformation.transform({
      decode: (text) => Option.getOrThrow(normaliseDomain(text)),
      encode: (text) => text
    })
  )
)

const Fields = Schema.Struct({
  issuer: Issuer,
  clientId: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(500)),
  secret: Secret,
  title: Schema.optionalKey(plainText(60, { description: "For people.", examples: ["Google"] })),
  domains: Schema.optionalKey(Schema.Array(Domain)),
  provision: Schema.optionalKey(
    Schema.Literals(["viewer", "editor", "admin"]).annotate({ message: "it must be viewer, editor or admin" })
  ),
  mfa: Schema.optionalKey(Schema.Literal("trusted").annotate({ message: "it must be trusted, or left out" }))
})

const decode = decodeFields(Fields)

/** An identity provider that people sign in with. */
export interface SsoConnection {
  readonly name: string
  /** For people. */
  readonly title: string
  readonly issuer: string
  readonly clientId: string
  readonly secret: Redacted.Redacted<string>
  /** Whose addresses the provider may vouch for. */
  readonly domains: ReadonlySet<string>
  /** The role of accounts that are made at a first sign-in; null: none are made. */
  readonly provision: "viewer" | "editor" | "admin" | null
  /** The provider asks for a second factor itself, so that ours is not asked for. */
  readonly isTrusted: boolean
}

const prepare = Effect.fnUntraced(function* (name: string, settings: unknown) {
  const fields = yield* decode(settings)
  const domains = new Set(fields.domains ?? [])
  if (fields.provision !== undefined && domains.size === 0) {
    // Whoever has an account at the provider would get one here.
    return yield* Effect.fail(["field provision: it needs domains, whose people get an account"])
  }
  return {
    name,
    title: fields.title ?? name,
    issuer: fields.issuer,
    clientId: fields.clientId,
    secret: fields.secret,
    domains,
    provision: fields.provision ?? null,
    isTrusted: fields.mfa === "trusted"
  } satisfies SsoConnection
})

/** The connections of `SSO_CONNECTIONS`, in their order. One error lists all that is wrong with them. */
export class SsoConnections extends Context.Service<SsoConnections, ReadonlyMap<string, SsoConnection>>()(
  "fairground/accounts/sso/SsoConnections"
) {
  static readonly layer = Layer.effect(
    SsoConnections,
    Effect.gen(function* () {
      const { ssoConnections } = yield* SsoSettings
      return yield* readNamed("SSO_CONNECTIONS", "connection", ssoConnections, prepare)
    })
  )
}
