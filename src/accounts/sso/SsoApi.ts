import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs, NotSignedIn, ReauthenticationRequired, SecondFactorRequired } from "../../platform/contract/Access.ts"
import { bodyProblems, DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { getsIn } from "../access/GettingIn.ts"
import { LinkExpired } from "../AccountErrors.ts"
import { LastWayIn } from "../factor/FactorErrors.ts"
import { linkToken } from "../LinkToken.ts"
import { IdentityFacts, IdentityId } from "./Identity.ts"
import { ConnectionNotFound, IdentityNotFound, SsoUnavailable } from "./SsoErrors.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const

const Connection = Schema.Struct({
  name: Schema.String.annotate({ description: "The connection's name, for paths.", examples: ["google"] }),
  title: Schema.String.annotate({ description: "The connection's name for people.", examples: ["Google"] })
}).annotate({ identifier: "SsoConnection", description: "An identity provider that people sign in with." })

const ConnectionList = Schema.Struct({
  items: Schema.Array(Connection).annotate({ description: "In the order of `SSO_CONNECTIONS`." })
}).annotate({ identifier: "SsoConnectionList", description: "The identity providers that people sign in with." })

const Start = Schema.Struct({
  purpose: Schema.Literals(["sign-in", "link", "confirmation", "invitation"]).annotate({
    description:
      "`sign-in`: nobody is signed in yet. `link`: whoever is signed in links their account at the provider; needs a session that was confirmed within the last 10 minutes. `confirmation`: whoever is signed in proves anew who they are. `invitation`: accepts an invitation.",
    examples: ["sign-in"]
  }),
  invitation: Schema.optionalKey(linkToken("fgi_example")),
  next: Schema.optionalKey(
    Schema.String.check(
      Schema.isMaxLength(500),
      Schema.isPattern(/^\/(?![/\\])[\x21-\x7e]*$/, { message: "Expected a path of this service" })
    ).annotate({ description: "The path of the page to go to in the end.", examples: ["/account"] })
  )
})
  .annotate({ identifier: "SsoStart", description: "What the browser is sent to the identity provider for." })
  .check(
    Schema.makeFilter(
      ({ invitation, purpose }) =>
        (purpose === "invitation") === (invitation !== undefined) ||
        "Expected `invitation` with this purpose, and only with it"
    )
  )

const Location = Schema.Struct({
  location: Schema.String.annotate({
    description: "Where the page sends the browser: an address of the identity provider.",
    examples: ["https://accounts.google.com/o/oauth2/v2/auth?client_id=1"]
  })
}).annotate({ identifier: "SsoLocation", description: "Where to go." })

const name = {
  connection: Schema.String.check(Schema.isPattern(/^[a-z0-9-]{1,64}$/)).annotate({
    description: "The connection's name.",
    examples: ["google"]
  })
}

const IdentityList = Schema.Struct({
  items: Schema.Array(IdentityFacts).annotate({ description: "Oldest first." })
}).annotate({ identifier: "LinkedIdentityList", description: "What signs in to the account." })

/** Signing in at identity providers: OpenID Connect. */
export class SsoApi extends HttpApiGroup.make("sso")
  .add(
    HttpApiEndpoint.get("list", "/sso", { success: ConnectionList, error: any })
      .annotate(OpenApi.Summary, "List identity providers")
      .annotate(OpenApi.Description, "The identity providers that people can sign in with."),
    HttpApiEndpoint.post("begin", "/sso/:connection", {
      params: name,
      payload: Start,
      success: Location,
      error: [
        ConnectionNotFound,
        IdentityNotFound,
        LinkExpired,
        SsoUnavailable,
        NotSignedIn,
        ReauthenticationRequired,
        ...bodyProblems,
        DatabaseUnavailable
      ]
    })
      .annotate(OpenApi.Summary, "Begin to sign in at an identity provider")
      .annotate(
        OpenApi.Description,
        "Says where to send the browser, and binds what comes back to it by a cookie, for ten minutes and one time. After the provider the browser is sent to a page of this service; why it came to nothing is in `?problem=`: `sso-failed`, `sso-not-linked`, `sso-refused` or `sso-unavailable`."
      )
      .pipe(getsIn),
    HttpApiEndpoint.get("arrive", "/sso/:connection/callback", {
      params: name,
      success: HttpApiSchema.WithHeaders(HttpApiSchema.Empty(303), {
        location: Schema.String.annotate({
          description: "A page of this service.",
          examples: ["https://fair.example/account"]
        })
      }),
      error: [DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Come back from an identity provider")
      .annotate(
        OpenApi.Description,
        "Where identity providers send browsers: the redirect URI to register there. It always goes on to a page, with the session's cookie if the person got in."
      )
      .pipe(getsIn),
    HttpApiEndpoint.get("identities", "/account/identities", { success: IdentityList, error: any })
      .annotate(OpenApi.Summary, "List one's identities")
      .annotate(OpenApi.Description, "The accounts at identity providers that sign in to this account.")
      .pipe(needs("signed-in")),
    HttpApiEndpoint.delete("unlink", "/account/identities/:id", {
      params: { id: IdentityId },
      success: HttpApiSchema.NoContent,
      error: [IdentityNotFound, LastWayIn, SecondFactorRequired, ...any]
    })
      .annotate(OpenApi.Summary, "Unlink an identity")
      .annotate(
        OpenApi.Description,
        "It does not sign in any more. Refused where nobody could sign in to the account without it."
      )
      .pipe(needs("signed-in", { isRecent: true }))
  )
  .prefix("/api/v1")
  .annotate(
    OpenApi.Description,
    "Signing in at identity providers (OpenID Connect), and the links between accounts."
  ) {}
