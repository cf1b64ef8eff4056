import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { emailField } from "../EmailField.ts"
import { needs, NotSignedIn, ReauthenticationRequired } from "../../platform/contract/Access.ts"
import { bodyProblems, DatabaseUnavailable, Overloaded, TooManyRequests } from "../../platform/contract/Problems.ts"
import { getsIn } from "../access/GettingIn.ts"
import { CurrentPassword } from "../password/Password.ts"
import { WrongPassword } from "../password/PasswordErrors.ts"
import { Identity, SecondFactorOwed, SessionId, SessionList } from "./Session.ts"
import { SessionNotFound, SignInFailed } from "./SessionErrors.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const

const Credentials = Schema.Struct({
  email: emailField("The account's address."),
  password: CurrentPassword
}).annotate({ identifier: "Credentials", description: "What a person signs in with." })

const Confirmation = Schema.Struct({ password: CurrentPassword }).annotate({
  identifier: "SessionConfirmation",
  description: "What the person confirms the session with."
})

const entered = [Identity.pipe(HttpApiSchema.status(201)), SecondFactorOwed.pipe(HttpApiSchema.status(202))] as const

/** Signing in and out, and the sessions of one's own account. */
export class SessionApi extends HttpApiGroup.make("session")
  .add(
    HttpApiEndpoint.post("signIn", "/session", {
      payload: Credentials,
      success: entered,
      error: [SignInFailed, NotSignedIn, Overloaded, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Sign in")
      .annotate(
        OpenApi.Description,
        "Signs a person in with address and password. 201: the session is in the cookie `__Host-fairground`, and no session that the browser had before works any more. 202: the account has a second factor, which is owed now; the browser has a cookie for this.\n\nAfter several wrong tries in a row the next must wait, and is answered with 429 whether it is right or not: `retryAfterSeconds` says for how long. A browser that signed in before counts for itself, so that others cannot keep its person out."
      )
      .pipe(getsIn),
    HttpApiEndpoint.get("show", "/session", { success: Identity, error: any })
      .annotate(OpenApi.Summary, "Show who one is")
      .annotate(OpenApi.Description, "Says whose credential the request has, what it may do, and how long it lasts.")
      .pipe(needs("signed-in")),
    HttpApiEndpoint.delete("signOut", "/session", {
      success: HttpApiSchema.NoContent,
      error: [ReauthenticationRequired, ...any]
    })
      .annotate(OpenApi.Summary, "Sign out")
      .annotate(OpenApi.Description, "Ends the session of the request. A key cannot sign out: it is revoked instead.")
      .pipe(needs("signed-in", { isSession: true })),
    HttpApiEndpoint.post("confirm", "/session/confirmation", {
      payload: Confirmation,
      success: entered,
      error: [WrongPassword, ReauthenticationRequired, Overloaded, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Confirm the session")
      .annotate(
        OpenApi.Description,
        "The person of the session proves again who they are, for operations that need this to be recent. 201: the session has a new token, and the old one does not work any more. 202: the second factor is owed, as at signing in."
      )
      .pipe(needs("signed-in", { isSession: true })),
    HttpApiEndpoint.get("list", "/sessions", { success: SessionList, error: [ReauthenticationRequired, ...any] })
      .annotate(OpenApi.Summary, "List one's sessions")
      .annotate(OpenApi.Description, "All browsers in which the account is signed in, the last used first.")
      .pipe(needs("signed-in", { isSession: true })),
    HttpApiEndpoint.delete("endOthers", "/sessions", {
      success: HttpApiSchema.NoContent,
      error: [ReauthenticationRequired, ...any]
    })
      .annotate(OpenApi.Summary, "End one's other sessions")
      .annotate(OpenApi.Description, "Ends all sessions of the account except the one of the request.")
      .pipe(needs("signed-in", { isSession: true })),
    HttpApiEndpoint.delete("end", "/sessions/:id", {
      params: { id: SessionId },
      success: HttpApiSchema.NoContent,
      error: [SessionNotFound, ReauthenticationRequired, ...any]
    })
      .annotate(OpenApi.Summary, "End one of one's sessions")
      .annotate(
        OpenApi.Description,
        "Ends a session of the account. The sessions of others are answered as unknown ones."
      )
      .pipe(needs("signed-in", { isSession: true }))
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Description, "Signing in and out, and the sessions of one's own account.") {}
