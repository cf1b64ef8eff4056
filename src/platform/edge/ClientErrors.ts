import type { IncomingMessage, ServerResponse } from "node:http"
import { STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { type ProblemName, problems } from "../Problems.ts"
import { problemText } from "./ProblemResponse.ts"
import { requestId } from "./RequestId.ts"
import { securityHeaders } from "./SecurityHeaders.ts"

/** How long a client has to read the answer before its connection is cut; a cut at once would discard the answer. */
const lingerMillis = 500

const problemFor = (code: string | undefined): ProblemName =>
  code === "HPE_HEADER_OVERFLOW"
    ? "headers-too-large"
    : code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? "request-timeout"
      : "malformed-request"

/** Cuts the connection once the client had time to read. */
const endWith = (socket: Duplex, text: string): void => {
  socket.end(text)
  const cut = setTimeout(() => socket.destroy(), lingerMillis)
  socket.once("close", () => clearTimeout(cut))
}

const details: Partial<Record<ProblemName, string>> = {
  "malformed-request": "The request is not HTTP/1.1 that can be read."
}

const answer = (name: ProblemName): string => {
  const detail = details[name]
  const body = problemText(name, detail === undefined ? undefined : { detail })
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

// Node's documentation of `clientError` names this way to see whether an answer has begun.
interface HttpSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null
}

/** Answers what never became a request: bytes that are not HTTP, headers without end, and clients that are too slow. */
export const answerClientError = (error: Error & { readonly code?: string }, socket: Duplex): void => {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  const running = (socket as HttpSocket)._httpMessage ?? undefined
  if (running?.headersSent === true) {
    socket.destroy()
    return
  }
  if (running?.req.complete === true) {
    // A pipelined successor is broken. An answer now would be taken for the one that is still under way.
    running.shouldKeepAlive = false
    running.once("finish", () => socket.end())
    return
  }
  endWith(socket, answer(problemFor(error.code)))
}

/** Answers `CONNECT`, which asks a proxy for a tunnel: Node would close the connection without a word. */
export const answerConnect = (_request: IncomingMessage, socket: Duplex): void => {
  socket.on("error", () => socket.destroy())
  endWith(socket, answer("malformed-request"))
}
