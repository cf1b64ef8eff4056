import { ByteSize, Data, Effect, type Exit } from "effect"
import { HttpIncomingMessage, type HttpServerRequest } from "effect/http"
import { isUtf8 } from "node:buffer"
import type { IncomingMessage } from "node:http"
import type { ProblemName, ValidationFailed } from "../contract/Problems.ts"
import { unstorable } from "./JsonText.ts"

/** The body is rejected. */
export class BodyRefused extends Data.TaggedError("BodyRefused")<{
  readonly problem: ProblemName
  readonly detail?: string | undefined
  /** What is wrong with the members of a body that is valid JSON. */
  readonly errors?: typeof ValidationFailed.Type.errors
  /** The rest of the body is not read, so the connection must be closed. */
  readonly close: boolean
}> {}

const refuse = (problem: ProblemName, detail: string | undefined, close = false) =>
  Effect.fail(new BodyRefused({ problem, detail, close }))

/** Whether the headers announce a body (RFC 9112, section 6.3). */
const hasBody = (headers: IncomingMessage["headers"]): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0

const charset = /;\s*charset\s*=\s*"?([^";\s]*)"?/i

/**
 * Why the headers alone rule the body out. The contract checks the media type that they name; a body of no type is refused here,
 * because the framework would take it for JSON. A page of another site can send one without asking first (a preflight), and so
 * with the visitor's cookies.
 */
const refusedByHeaders = (
  headers: IncomingMessage["headers"],
  limit: number
): Effect.Effect<never, BodyRefused> | undefined => {
  const length = headers["content-length"]
  if (length !== undefined && Number(length) > limit) return tooLarge(limit)
  const type = headers["content-type"]
  if (type !== "application/json") {
    if (type === undefined) {
      return hasBody(headers) ? refuse("unsupported-media-type", undefined) : undefined
    }
    const name = charset.exec(type)?.[1]
    if (name !== undefined && !/^utf-?8$/i.test(name)) {
      return refuse("unsupported-media-type", `The body is declared as ${name.slice(0, 40)}; it must be UTF-8.`)
    }
  }
  const encoding = headers["content-encoding"]
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "identity") {
    return refuse("unsupported-media-type", "The body is compressed (`Content-Encoding`); send it as it is.")
  }
  const coding = headers["transfer-encoding"]
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked") {
    return refuse(
      "unsupported-media-type",
      "The body is encoded (`Transfer-Encoding`) beyond `chunked`; send it as it is."
    )
  }
  return undefined
}

const tooLarge = (limit: number) => refuse("body-too-large", `The body is larger than ${limit} bytes.`, true)

const decode = (bytes: Buffer): Effect.Effect<string, BodyRefused> => {
  if (!isUtf8(bytes)) return refuse("malformed-request", "The body is not UTF-8.")
  // Some clients send a byte order mark. RFC 8259 section 8.1 lets a reader ignore it.
  const text =
    bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
      ? bytes.toString("utf8", 3)
      : bytes.toString("utf8")
  const fault = unstorable(text)
  if (fault === undefined) return Effect.succeed(text)
  if (typeof fault === "string") return refuse("malformed-request", `The body ${fault}.`)
  const errors = [{ path: ["payload", ...fault.path], message: `Expected ${fault.expected}` }]
  return Effect.fail(new BodyRefused({ problem: "validation-failed", errors, close: false }))
}

const cutShort = refuse("malformed-request", "The body ended before it was complete.", true)

/** Reads directly from the socket's message. For a body of one chunk, the usual case, this costs a tenth of a stream. */
const readAll = (message: IncomingMessage, limit: number): Effect.Effect<string, BodyRefused> =>
  Effect.callback((resume) => {
    if (message.readableEnded) return resume(decode(Buffer.alloc(0)))
    if (message.destroyed) return resume(cutShort)
    const chunks: Array<Buffer> = []
    let size = 0
    const settle = (outcome: Effect.Effect<string, BodyRefused>) => {
      stop()
      resume(outcome)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        message.pause()
        settle(tooLarge(limit))
      } else {
        chunks.push(chunk)
      }
    }
    // Copies nothing for a body of one chunk, the usual case.
    const onEnd = () => settle(decode(chunks.length > 1 ? Buffer.concat(chunks) : (chunks[0] ?? Buffer.alloc(0))))
    const onClose = () => settle(cutShort)
    const stop = () => {
      message.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose)
    }
    message.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose)
    return Effect.sync(stop)
  })

/** For a client that waits for `100 Continue`, which only the framework's own reader sends. */
const readAfterContinue = (
  request: HttpServerRequest.HttpServerRequest,
  limit: number
): Effect.Effect<string, BodyRefused> =>
  request.arrayBuffer.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(limit)),
    Effect.matchEffect({
      onFailure: (error) =>
        error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge"
          ? tooLarge(limit)
          : cutShort,
      onSuccess: (bytes) => decode(Buffer.from(bytes))
    })
  )

/**
 * Gives the request a `text` that enforces the rules for bodies: at most `limit` bytes, UTF-8, uncompressed, and JSON that
 * can be stored. It fails with `BodyRefused`, which the edge turns into a problem. The body is read only on demand, so that
 * an unknown path or a wrong method is answered first.
 */
export const guard = (request: HttpServerRequest.HttpServerRequest, message: IncomingMessage, limit: number): void => {
  let outcome: Exit.Exit<string, BodyRefused> | undefined
  const read = Effect.suspend(() => {
    if (outcome !== undefined) return outcome
    return (
      refusedByHeaders(message.headers, limit) ??
      (message.headers.expect === undefined ? readAll(message, limit) : readAfterContinue(request, limit))
    )
  })
  const text: Effect.Effect<string, BodyRefused> = Effect.onExit(read, (exit) =>
    Effect.sync(() => {
      outcome = exit
    })
  )
  Object.defineProperty(request, "text", { value: text })
}
