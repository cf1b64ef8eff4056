import { Duration, Effect, Option, Schema, SchemaTransformation } from "effect"
import type { Mailability } from "../../Verdict.ts"
import { type EspAnswer, rateLimited, unexpected } from "../EspAnswer.ts"
import { type EspError, EspMisconfigured, EspUnavailable } from "../../EspClient.ts"

/** UniSender writes numbers as numbers and as text. */
const Count = Schema.Union([Schema.Finite, Schema.FiniteFromString])

/** Ids are compared as text, like those in the settings. */
const Id = Schema.Union([Schema.Int, Schema.String]).pipe(
  Schema.decodeTo(
    Schema.String,
    SchemaTransformation.transform<string, string | number>({ decode: (id) => String(id), encode: (id) => id })
  )
)

const LogEntry = Schema.Struct({ code: Schema.optionalKey(Schema.String) })

/** https://www.unisender.com/ru/support/api/contacts/importcontacts/ */
export const Imported = Schema.Struct({
  inserted: Count,
  updated: Count,
  invalid: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  log: Schema.Array(LogEntry).pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))
})

export const isRefused = ({ inserted, invalid, updated }: typeof Imported.Type): boolean =>
  invalid > 0 && inserted === 0 && updated === 0

export const Subscribed = Schema.Struct({ person_id: Id })

/** https://selzy.com/en/support/api/contacts/getcontact/ */
export const Found = Schema.Struct({
  email: Schema.Struct({ status: Schema.String }),
  lists: Schema.optionalKey(Schema.Array(Schema.Struct({ id: Id })))
})

export const Lists = Schema.Array(Schema.Struct({ id: Id }))

export const Fields = Schema.Array(Schema.Struct({ name: Schema.String }))

/** `error` is for people and in the language of the API; `code` is for programs. */
const Failure = Schema.Struct({ error: Schema.Unknown, code: Schema.optionalKey(Schema.String) })

const decodeFailure = Schema.decodeUnknownOption(Failure)

interface Client {
  readonly redact: (text: string) => string
}

/** UniSender counts by the minute and names no wait. Nobody calls for a sixth of it, and then a few find out. */
const limitPause = Duration.seconds(10)

/** https://www.unisender.com/ru/support/api/common/api-errors/ */
const errorOf = (operation: string, code: string): EspError => {
  if (code.startsWith("api_call_limit_exceeded")) return rateLimited(limitPause)
  switch (code) {
    case "retry_later":
      // Trouble on their side, of which nobody says that it came before the work.
      return new EspUnavailable({ reason: "rate-limited", mayHaveActed: true, retryAfter: limitPause })
    case "invalid_api_key":
      return new EspMisconfigured({ reason: "the key is refused (invalid_api_key)" })
    case "access_denied":
      return new EspMisconfigured({ reason: "the key does not permit it (access_denied)" })
    case "not_enough_money":
      return new EspMisconfigured({ reason: "the account has not enough money (not_enough_money)" })
    case "unknown_method":
      return new EspMisconfigured({ reason: `it has no method ${operation} (unknown_method): is base right?` })
    case "invalid_arg":
      return new EspMisconfigured({
        reason: `${operation} refuses an argument (invalid_arg): are list and attributes right, and does the list have a letter of confirmation?`
      })
    default:
      return new EspUnavailable({ reason: "provider-error", mayHaveActed: true, retryAfter: undefined })
  }
}

const logged = (answer: EspAnswer, client: Client, error: EspError): Effect.Effect<never, EspError> =>
  Effect.andThen(
    Effect.logWarning("The ESP's answer was not expected", {
      operation: answer.operation,
      status: answer.status,
      body: client.redact(answer.text)
    }),
    Effect.fail(error)
  )

/** An answer in good form that says nothing of what was asked. */
export const senseless = (answer: EspAnswer, client: Client): Effect.Effect<never, EspError> =>
  logged(answer, client, new EspUnavailable({ reason: "no-verdict", mayHaveActed: true, retryAfter: undefined }))

/**
 * The `result` of an answer. An `error` in the body counts, whatever the status: UniSender sends it with a 200. What is in
 * neither shape goes by its status.
 */
export const read = <A, I>(
  result: Schema.Codec<A, I>,
  answer: EspAnswer,
  client: Client
): Effect.Effect<A, EspError> => {
  const failure = decodeFailure(answer.json)
  if (Option.isSome(failure)) {
    const error = errorOf(answer.operation, failure.value.code ?? "")
    const isEveryday = error._tag === "EspUnavailable" && error.reason === "rate-limited"
    return isEveryday ? Effect.fail(error) : logged(answer, client, error)
  }
  const decoded = Schema.decodeUnknownOption(Schema.Struct({ result }))(answer.json)
  return Option.isSome(decoded) && answer.status < 300
    ? Effect.succeed(decoded.value.result)
    : unexpected(answer, client)
}

/** Why an address was not imported, by the code alone: the message is in the language of the API and may quote the address. */
export const refusalOf = (log: typeof Imported.Type.log): string => {
  const code = (log[0]?.code ?? "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60)
  return code === "" ? "invalid-address" : code
}

/** In the account and nowhere else, as an import without a list leaves it. */
export const isInNoList = ({ email, lists }: typeof Found.Type): boolean =>
  email.status === "new" && lists !== undefined && lists.length === 0

export const mailabilityOf = ({ email }: typeof Found.Type): Mailability => {
  switch (email.status) {
    case "new":
    case "active":
      return "subscribed"
    case "invited":
      return "pending"
    case "unsubscribed":
      return "unsubscribed"
    case "blocked":
    case "inactive":
    case "activation_requested":
      return "suppressed"
    default:
      return "unknown"
  }
}
