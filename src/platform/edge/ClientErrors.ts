import { STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { type ProblemName, problems } from "../contract/Problems.ts"
import type { Connection } from "./Connection.ts"
import { problemText } from "./ProblemResponse.ts"
import { requestId } from "./RequestId.ts"
import { securityHeaders } from "./SecurityHeaders.ts"

const problemFor = (code: string | undefined): ProblemName =>
  code === "HPE_HEADER_OVERFLOW"
    ? "headers-too-large"
    : code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? "request-timeout"
      : "malformed-request"

/** Details by the parser's error code, for headers that the parser itself rejects. */
const details = new Map([
  ["HPE_UNEXPECTED_CONTENT_LENGTH", "`Content-Length` stands more than once, or beside `Transfer-Encoding`."],
  ["HPE_INVALID_CONTENT_LENGTH", "`Content-Length` is no length, or stands beside `Transfer-Encoding`."],
  ["HPE_INVALID_TRANSFER_ENCODING", "`Transfer-Encoding` is not `chunked` once, or stands beside `Content-Length`."]
])

const detailOf = (name: ProblemName, code: string | undefined): string | undefined =>
  name === "malformed-request"
    ? (details.get(code ?? "") ?? "The request is not HTTP/1.1 that can be read.")
    : undefined

const answer = (code: string | undefined): string => {
  const name = problemFor(code)
  const body = problemText(name, { detail: detailOf(name, code) })
  const { status } = problems[name]
  const headers = {
    "Content-Type": "application/problem+json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
    Date: new Date().toUTCString(),
    ...securityHeaders,
    "X-Request-Id": requestId(undefined)
  }
  const head = Object.entries(headers)
    .map(([key, value]) => `${key}: ${value}\r\n`)
    .join("")
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`
}

/**
 * Answers input that never became a request: bytes that are not HTTP, headers that are too large, clients that are too slow.
 */
export const answerClientError = (
  error: Error & { readonly code?: string },
  socket: Duplex,
  connection: Connection | undefined
): void => {
  if (error.code === "ECONNRESET" || !socket.writable || connection === undefined) socket.destroy()
  else connection.fail(answer(error.code))
}

/** Answers `CONNECT`, which asks a proxy for a tunnel. Node would close the connection without an answer. */
export const answerConnect = (socket: Duplex, connection: Connection | undefined): void => {
  // Node has removed its own error listener from this socket.
  socket.on("error", () => socket.destroy())
  connection?.fail(answer(undefined))
}
