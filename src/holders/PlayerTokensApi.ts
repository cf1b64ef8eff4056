import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { holds } from "../platform/contract/Access.ts"
import { bodyProblems, DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../platform/contract/SecretsKeyMissing.ts"
import { EmailInput } from "../players/Email.ts"
import { asksForToken } from "./AskingForTokens.ts"
import { PlayerCode, PlayerToken } from "./Holder.ts"
import { PlayerCodeRefused, TokenNotEndable } from "./HolderErrors.ts"

const Swap = Schema.Struct({ email: EmailInput, code: PlayerCode }).annotate({
  identifier: "PlayerCodeSwap",
  description: "The address, and the code that was mailed to it."
})

/** Tokens of players, for the header `Fairground-Token`. */
export class PlayerTokensApi extends HttpApiGroup.make("playerTokens")
  .add(
    HttpApiEndpoint.post("create", "/", {
      payload: Swap,
      success: PlayerToken.pipe(HttpApiSchema.status(201)),
      error: [PlayerCodeRefused, SecretsKeyMissing, ...bodyProblems, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Swap a code for a token")
      .annotate(
        OpenApi.Description,
        "Uses the code up and answers a token of 30 days. Every call counts as a try, right or wrong; a code has five. When no answer came, ask for a new code."
      )
      .pipe(asksForToken),
    HttpApiEndpoint.delete("end", "/current", {
      success: HttpApiSchema.NoContent,
      error: [TokenNotEndable, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "End the token")
      .annotate(OpenApi.Description, "Ends the token that the request presents, at once and everywhere.")
      .pipe(holds("token"))
  )
  .prefix("/api/v1/player-tokens")
  .annotate(OpenApi.Description, "Tokens of players, for the header `Fairground-Token`.") {}
