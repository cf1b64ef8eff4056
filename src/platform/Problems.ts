import { Schema } from "effect"
import { HttpApiError, HttpApiMiddleware } from "effect/http-api"

/**
 * Every problem that the service answers with (RFC 9457). `type` is `/problems/<name>`, a page that shows the
 * explanation. Loaded by clients: no server import here.
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
  "callback-forged": {
    status: 403,
    title: "The callback has a wrong token",
    explanation:
      "The `token` was not made by this service for this task. Call back at exactly the address that came with the task."
  },
  "not-found": {
    status: 404,
    title: "There is nothing at this path",
    explanation: "No operation has this path. The paths are listed at `/docs`."
  },
  "game-not-found": {
    status: 404,
    title: "There is no such game",
    explanation: "No game has the slug in the path. `fairground game list` shows the games."
  },
  "play-not-found": {
    status: 404,
    title: "There is no such play",
    explanation: "No play has the id in the path. The answer to a play holds its `id`."
  },
  "task-not-found": {
    status: 404,
    title: "There is no such task",
    explanation:
      "No task has the id in the path. The answer to `POST /api/v1/tasks` holds its `id`. A task that is over is forgotten after `TASK_RETENTION` (30 days unless set)."
  },
  "callback-not-found": {
    status: 404,
    title: "There is no such callback",
    explanation:
      "The service made this address but knows nothing of it any more, as after a restore of its database. There is nothing to repeat."
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
  "play-limit-reached": {
    status: 409,
    title: "The player has no play left",
    explanation:
      "The game limits how often one player may play, and this player has used that up. `limit` says what the limit is; `nextPlayAt` when the next play is possible, or null when there will be none."
  },
  "game-not-open": {
    status: 409,
    title: "The game is not open",
    explanation:
      "The game has not opened yet or is closed. `opensAt` and `closesAt` say when it is open; null means no bound."
  },
  "task-finished": {
    status: 409,
    title: "The task is over",
    explanation: "The task has succeeded or failed, so there is nothing to cancel. `taskStatus` says which."
  },
  "callback-used": {
    status: 409,
    title: "The callback was made before",
    explanation:
      "An address to call back at is good for one call, and that call was made. What it brought stands; nothing is to be done."
  },
  "callback-expired": {
    status: 410,
    title: "The callback comes too late",
    explanation: "An address to call back at is good for a day. What was brought is not kept."
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
      "The client address, or the email address, has used up its requests for now, or as many requests of the client address wait for tasks as may. `Retry-After` says for how many seconds, and so does `retryAfterSeconds`."
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
      "More plays or tasks wait for the database than the queue holds, or more requests wait for tasks than the service bears. Nothing was recorded; try again after `Retry-After` seconds."
  },
  "not-ready": {
    status: 503,
    title: "The service cannot record plays now",
    explanation:
      "`checks` says what is amiss: the database does not answer, it lacks this program's schema, the queue is full, or plays do not get to disk. Or the service is about to stop, as `detail` says then."
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

/** What `HttpApiError.Problem` wants to know of a problem. */
export const declare = <const Name extends ProblemName>(name: Name) => ({
  type: `/problems/${name}` as const,
  status: problems[name].status as (typeof problems)[Name]["status"],
  title: problems[name].title
})

const ValidationIssue = Schema.Struct({
  path: Schema.Array(Schema.Union([Schema.String, Schema.Int])).annotate({
    description: "Where: the part of the request, then the way into it.",
    examples: [["payload", "email"]]
  }),
  message: Schema.String.annotate({ description: "What was expected there.", examples: ["Expected an email address"] })
}).annotate({ identifier: "ValidationIssue", description: "One thing in the request that is not allowed." })

/** 400: the request does not fit the contract. */
export class ValidationFailed extends HttpApiError.Problem<ValidationFailed>()(
  "ValidationFailed",
  declare("validation-failed"),
  {
    errors: Schema.Array(ValidationIssue).annotate({ description: "One entry for each place that is not allowed." })
  }
) {}

/** 400: the request cannot be read, so that nothing in it could be validated. */
export class MalformedRequest extends HttpApiError.Problem<MalformedRequest>()(
  "MalformedRequest",
  declare("malformed-request")
) {}

/** 413: the body has more bytes than `BODY_LIMIT`. */
export class BodyTooLarge extends HttpApiError.Problem<BodyTooLarge>()("BodyTooLarge", declare("body-too-large")) {}

/** 415: the body is not JSON in UTF-8. */
export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  declare("unsupported-media-type")
) {}

/** 429: a rate limit is used up. The edge copies `retryAfterSeconds` into `Retry-After`. */
export class TooManyRequests extends HttpApiError.Problem<TooManyRequests>()(
  "TooManyRequests",
  declare("too-many-requests"),
  {
    retryAfterSeconds: Schema.Int.annotate({ description: "Seconds until a request is allowed again.", examples: [12] })
  }
) {}

/** 500: a defect; the log has more under the request id. */
export class InternalError extends HttpApiError.Problem<InternalError>()("InternalError", declare("internal-error"), {
  requestId: Schema.String.annotate({
    description: "The `X-Request-Id` of the answer, for the search in the log.",
    examples: ["0198c7e2-7d1c-4f0e-9a55-0b6b3c0f7a11"]
  })
}) {}

/** 503: the database did not answer within `DATABASE_DEADLINE`. */
export class DatabaseUnavailable extends HttpApiError.Problem<DatabaseUnavailable>()(
  "DatabaseUnavailable",
  declare("database-unavailable")
) {}

/**
 * What a body can be refused for before its fields are looked at: for endpoints with a payload. The edge answers with
 * these, no handler does.
 */
export const bodyProblems = [BodyTooLarge, UnsupportedMediaType] as const

/**
 * Belongs on the whole api: what does not fit the contract is answered with `ValidationFailed` or `MalformedRequest`,
 * and an answer of the service that does not fit it with `InternalError`. The server layer is in `edge/Validation.ts`.
 */
export class ValidationProblems extends HttpApiMiddleware.Service<ValidationProblems>()(
  "fairground/platform/ValidationProblems",
  {
    error: [ValidationFailed, MalformedRequest, InternalError]
  }
) {}

/** 422: the key was used before, with another body. */
export class IdempotencyKeyReused extends HttpApiError.Problem<IdempotencyKeyReused>()(
  "IdempotencyKeyReused",
  declare("idempotency-key-reused")
) {}

/** 503: as much waits for the database as the queue holds; this was not taken. */
export class Overloaded extends HttpApiError.Problem<Overloaded>()("Overloaded", declare("overloaded")) {}
