import { Schema } from "effect"
import { Problem } from "../../platform/contract/Problem.ts"

/** 404: no identity provider has this name. */
export class ConnectionNotFound extends Problem<ConnectionNotFound>()("ConnectionNotFound", {
  name: "connection-not-found",
  status: 404,
  title: "There is no such connection",
  explanation:
    "No connection of `SSO_CONNECTIONS` has the name in the path. `GET /api/v1/sso` lists those that there are."
}) {}

/** 503: the identity provider does not answer, or not as it should. */
export class SsoUnavailable extends Problem<SsoUnavailable>()("SsoUnavailable", {
  name: "sso-unavailable",
  status: 503,
  title: "The identity provider does not answer",
  explanation:
    "The provider of this connection could not be asked what it needs: it does not answer in time, or its `issuer` is not the one in `SSO_CONNECTIONS`. The log says more. Try again, or sign in in another way."
}) {}

/** 404: the account has no such identity. */
export class IdentityNotFound extends Problem<IdentityNotFound>()("IdentityNotFound", {
  name: "identity-not-found",
  status: 404,
  title: "There is no such identity",
  explanation:
    "The account is not linked to an account at this identity provider, or has no link with this id. Those of others are answered alike."
}) {}

/** Why a person who comes back from an identity provider is not let in, as the page that they are sent to is told. */
export const SsoProblem = Schema.Literals(["sso-failed", "sso-not-linked", "sso-refused", "sso-unavailable"])
export type SsoProblem = typeof SsoProblem.Type

/** The same as an error. `reason` is for the audit log. */
export class SsoEnded extends Schema.TaggedError<SsoEnded>()("SsoEnded", {
  problem: SsoProblem,
  reason: Schema.String
}) {}
