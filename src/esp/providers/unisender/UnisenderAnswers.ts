import { Duration, Effect, Option, Schema, SchemaTransformation } from "effect"
import type { Mailability } from "../../Verdict.ts"
import { type EspAnswer, rateLimited, unexpected } from "../EspAnswer.ts"
import { type EspError, EspMisconfigured, EspUnavailable } from "../../EspClient.ts"

/** UniSender sends numbers as numbers or as text. */
const Count = Schema.Union([Schema.Finite, Schema.FiniteFromString])

/** Ids are text, so that they compare with those in the settings. */
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

/** `error` is text in the language of the API; `code` is stable. */
const Failure = Schema.Struct({ error: Schema.Unknown, code: Schema.optionalKey(Schema.String) })

const decodeFailure = Schema.decodeUnknownOption(Failure)

interface Client {
  readonly redact: (text: string) => string
}

/** UniSender counts per minute and names no wait. After a sixth of a minute without calls, a few calls test the limit again. */
const limitPause = Duration.seconds(10)

/** https://www.unisender.com/ru/support/api/common/api-errors/ */
const errorOf = (operation: string, code: string): EspError => {
  if (code.startsWith("api_call_limit_exceeded")) return rateLimited(limitPause)
  switch (code) {
    case "retry_later":
      // Trouble at UniSender, which may have come after the work was done.
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

/** The error of a well-formed answer that contains no verdict. */
export const noVerdict = (answer: EspAnswer, client: Client): Effect.Effect<never, EspError> =>
  logged(answer, client, new EspUnavailable({ reason: "no-verdict", mayHaveActed: true, retryAfter: undefined }))

/**
 * The `result` of an answer. An `error` in the body is a failure whatever the status, because UniSender sends it with a 200.
 * An answer with neither is mapped by its status.
 */
export const read = <A, I>(
  result: Schema.Codec<A, I>,
  answer: EspAnswer,
  client: Client
): Effect.Effect<A, EspError> => {
  const failure = decodeFailure(answer.json)
  if (Option.isSome(failure)) {
    const error = errorOf(answer.operation, failure.value.code ?? "")
    const isRateLimit = error._tag === "EspUnavailable" && error.reason === "rate-limited"
    return isRateLimit ? Effect.fail(error) : logged(answer, client, error)
  }
  const decoded = Schema.decodeUnknownOption(Schema.Struct({ result }))(answer.json)
  return Option.isSome(decoded) && answer.status < 300
    ? Effect.succeed(decoded.value.result)
    : unexpected(answer, client)
}

/** Why an address was not imported. Taken from the code: the message depends on the language and may quote the address. */
export const refusalOf = (log: typeof Imported.Type.log): string => {
  const code = (log[0]?.code ?? "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60)
  return code === "" ? "invalid-address" : code
}

/** Whether the contact is in the account but in no list, as our import leaves it. */
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
