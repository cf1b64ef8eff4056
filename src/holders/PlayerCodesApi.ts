import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { bodyProblems, Overloaded, TooManyRequests } from "../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../platform/contract/SecretsKeyMissing.ts"
import { EmailInput } from "../players/Email.ts"
import { asksForToken } from "./AskingForTokens.ts"

const Request = Schema.Struct({
  email: EmailInput,
  language: Schema.optionalKey(
    Schema.Literals(["en", "ru"]).annotate({
      description: "The language of the mail; left out: `en`.",
      examples: ["en"]
    })
  )
}).annotate({ identifier: "PlayerCodeRequest", description: "Whose code is asked for." })

/** Codes by which players prove who they are. */
export class PlayerCodesApi extends HttpApiGroup.make("playerCodes")
  .add(
    HttpApiEndpoint.post("ask", "/", {
      payload: Request,
      success: HttpApiSchema.Empty(202),
      error: [SecretsKeyMissing, Overloaded, ...bodyProblems, TooManyRequests]
    })
      .annotate(OpenApi.Summary, "Ask for a code")
      .annotate(
        OpenApi.Description,
        "Mails a code of six digits to the address if somebody plays with it. It works once, for 10 minutes and five tries, and takes the place of the one before. The answer is the same for every address."
      )
      .pipe(asksForToken)
  )
  .prefix("/api/v1/player-codes")
  .annotate(OpenApi.Description, "Codes by which players prove who they are.") {}
