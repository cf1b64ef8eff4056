import { Schema } from "effect"
import { HttpApiMiddleware } from "effect/http-api"
import { Problem, type ProblemFacts } from "./Problem.ts"

/**
 * The problems that any request may get, including those of the edge. The problems of a module are declared with its
 * errors.
 */
export const problems = {
  "validation-failed": {
    status: 400,
    title: "The request is not valid",
    explanation:
      "Something in the path, the query, a header or the body is missing or not allowed. `errors` has one entry for each place: `path` leads there, `message` says what was expected. The same request will fail again."
  },
  "malformed-request": {
    status: 400,
    title: "The request cannot be read",
    explanation:
      "The bytes are not what they claim to be (not HTTP, not UTF-8, or not JSON), or hold what cannot be kept: a NUL character, half of a surrogate pair, a number beyond 64-bit floating point, more than 1000 levels of nesting. Or a header that may stand once stands twice. `detail` says which. The same request will fail again."
  },
  "not-found": {
    status: 404,
    title: "There is nothing at this path",
    explanation: "No operation has this path. The paths are listed at `/docs`."
  },
  "method-not-allowed": {
    status: 405,
    title: "The path does not have this method",
    explanation: "The `Allow` header lists the methods that this path has."
  },
  "request-timeout": {
    status: 408,
    title: "The request took too long to arrive",
    explanation: "The headers or the body did not arrive in time. Send the request again."
  },
  "body-too-large": {
    status: 413,
    title: "The body is too large",
    explanation: "The body has more bytes than `BODY_LIMIT` allows (16 KiB unless set). Nothing was recorded."
  },
  "uri-too-long": {
    status: 414,
    title: "The path is too long",
    explanation: "A part of the path is longer than anything it could name."
  },
  "unsupported-media-type": {
    status: 415,
    title: "The body is not of a supported type",
    explanation: "Send the body as `application/json`, in UTF-8, not compressed."
  },
  "idempotency-key-reused": {
    status: 422,
    title: "The Idempotency-Key belongs to another request",
    explanation:
      "A play of this game, or a task, with this `Idempotency-Key` was taken for another body. A key belongs to one request: take a new one for each play and task, and the same one only for a retry."
  },
  "too-many-requests": {
    status: 429,
    title: "Too many requests",
    explanation:
      "The client address, or the email address, has used up its requests for now, or as many requests of the client address wait for tasks, or as many of the account follow events, as may. `Retry-After` says for how many seconds, and so does `retryAfterSeconds`."
  },
  "headers-too-large": {
    status: 431,
    title: "The headers are too large",
    explanation: "The request's headers have more bytes than the server reads (16 KiB)."
  },
  "internal-error": {
    status: 500,
    title: "Something went wrong in the service",
    explanation: "This should not happen. The log has more under the `requestId` of the answer."
  },
  overloaded: {
    status: 503,
    title: "The service has too much to do",
    explanation:
      "More plays or tasks wait for the database than the queue holds, more requests wait for tasks or follow events than the service bears, or more people sign in at once than it can look at. Nothing was recorded; try again after `Retry-After` seconds."
  },
  "given-up": {
    status: 503,
    title: "The service gave the request up",
    explanation:
      "The service is stopping and could not wait for the request any longer. A play or a task may have been recorded all the same: with an `Idempotency-Key` a retry after `Retry-After` seconds is safe."
  },
  "database-unavailable": {
    status: 503,
    title: "The database does not answer",
    explanation:
      "The database could not be reached or did not answer in time. A play or a task may have been recorded all the same: with an `Idempotency-Key` a retry after `Retry-After` seconds is safe."
  }
} as const

export type ProblemName = keyof typeof problems

/** The facts of a common problem. */
const common = <const Name extends ProblemName>(name: Name): ProblemFacts<Name, (typeof problems)[Name]["status"]> => ({
  name,
  ...problems[name]
})

const ValidationIssue = Schema.Struct({
  path: Schema.Array(Schema.Union([Schema.String, Schema.Int])).annotate({
    description: "Where: the part of the request, then the way into it.",
    examples: [["payload", "email"]]
  }),
  message: Schema.String.annotate({ description: "What was expected there.", examples: ["Expected an email address"] })
}).annotate({ identifier: "ValidationIssue", description: "One thing in the request that is not allowed." })

/** 400: the request does not fit the contract. */
export class ValidationFailed extends Problem<ValidationFailed>()("ValidationFailed", common("validation-failed"), {
  errors: Schema.Array(ValidationIssue).annotate({ description: "One entry for each place that is not allowed." })
}) {}

/** 400: the request cannot be read, so nothing in it was validated. */
export class MalformedRequest extends Problem<MalformedRequest>()("MalformedRequest", common("malformed-request")) {}

/** 413: the body has more bytes than `BODY_LIMIT`. */
export class BodyTooLarge extends Problem<BodyTooLarge>()("BodyTooLarge", common("body-too-large")) {}

/** 415: the body is not JSON in UTF-8. */
export class UnsupportedMediaType extends Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  common("unsupported-media-type")
) {}

/** 429: a rate limit is used up. The edge copies `retryAfterSeconds` into `Retry-After`. */
export class TooManyRequests extends Problem<TooManyRequests>()("TooManyRequests", common("too-many-requests"), {
  retryAfterSeconds: Schema.Int.annotate({ description: "Seconds until a request is allowed again.", examples: [12] })
}) {}

/** 500: a defect. The log has the details under the request id. */
export class InternalError extends Problem<InternalError>()("InternalError", common("internal-error"), {
  requestId: Schema.String.annotate({
    description: "The `X-Request-Id` of the answer, for the search in the log.",
    examples: ["0198c7e2-7d1c-4f0e-9a55-0b6b3c0f7a11"]
  })
}) {}

/** 503: the database did not answer within `DATABASE_DEADLINE`. */
export class DatabaseUnavailable extends Problem<DatabaseUnavailable>()(
  "DatabaseUnavailable",
  common("database-unavailable")
) {}

/**
 * The problems of a body whose fields are not looked at yet. For endpoints with a payload; the edge sends these
 * answers, not a handler.
 */
export const bodyProblems = [BodyTooLarge, UnsupportedMediaType] as const

/**
 * Middleware for the whole API: a request that does not fit the contract is answered with `ValidationFailed` or
 * `MalformedRequest`, and an answer that does not fit it is replaced by `InternalError`. The server layer is in
 * `edge/Validation.ts`.
 */
export class ValidationProblems extends HttpApiMiddleware.Service<ValidationProblems>()(
  "fairground/platform/ValidationProblems",
  {
    error: [ValidationFailed, MalformedRequest, InternalError]
  }
) {}

/** 422: the key was used before with a different body. */
export class IdempotencyKeyReused extends Problem<IdempotencyKeyReused>()(
  "IdempotencyKeyReused",
  common("idempotency-key-reused")
) {}

/** 503: the queue of writes that wait for the database is full. This request was not accepted. */
export class Overloaded extends Problem<Overloaded>()("Overloaded", common("overloaded")) {}

/** 412: the resource has a different version than `If-Match` says. Nothing was changed. */
export class ChangedMeanwhile extends Problem<ChangedMeanwhile>()("ChangedMeanwhile", {
  // Not in `problems` above, whose members every contract lists: this one is listed only if an operation declares it.
  name: "changed-meanwhile",
  status: 412,
  title: "It was changed meanwhile",
  explanation:
    "The resource has changed since it had the `ETag` in `If-Match`. Nothing was done. Read it again, and send the edit with the new `ETag` if it still applies."
}) {}
