import { HttpServerResponse, ProblemDetails } from "effect/http"
import { STATUS_CODES } from "node:http"
import { type ProblemName, problems, type ValidationFailed } from "../contract/Problems.ts"

/** Members of a problem in addition to `type`, `title` and `status`. */
export interface ProblemMembers {
  readonly detail?: string | undefined
  readonly errors?: typeof ValidationFailed.Type.errors | undefined
  readonly requestId?: string
  readonly retryAfterSeconds?: number
}

/** The JSON text of a problem. */
export const problemText = (name: ProblemName, members?: ProblemMembers): string =>
  JSON.stringify({ type: `/problems/${name}`, title: problems[name].title, status: problems[name].status, ...members })

/** The answer for a problem. Names in `headers` are lower case. */
export const problemResponse = (
  name: ProblemName,
  members?: ProblemMembers,
  headers?: Record<string, string>
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(problemText(name, members), {
    status: problems[name].status,
    contentType: ProblemDetails.contentType,
    headers
  })

const byStatus: Readonly<Record<number, ProblemName>> = {
  400: "malformed-request",
  404: "not-found",
  405: "method-not-allowed",
  408: "request-timeout",
  413: "body-too-large",
  414: "uri-too-long",
  415: "unsupported-media-type",
  429: "too-many-requests",
  431: "headers-too-large",
  503: "overloaded"
}

/** A problem for an answer that has only a status, as the framework sends in places. The status stays. */
export const problemForStatus = (
  status: number,
  headers: Record<string, string>
): HttpServerResponse.HttpServerResponse => {
  const name = byStatus[status]
  if (name !== undefined) return problemResponse(name, undefined, headers)
  // RFC 9457 section 4.2.1: `about:blank`, because a type of its own would say no more than the status.
  const text = JSON.stringify({ type: ProblemDetails.blankType, title: STATUS_CODES[status] ?? "Failed", status })
  return HttpServerResponse.text(text, { status, contentType: ProblemDetails.contentType, headers })
}
