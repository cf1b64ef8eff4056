import { Data, Duration, Effect, Stream } from "effect"
import type { HttpClientResponse } from "effect/http"
import { isUtf8 } from "node:buffer"

/** The body has more bytes than the limit. */
export class TooLarge extends Data.TaggedError("TooLarge") {}

/** A body as text. If it is not UTF-8, U+FFFD replaces what cannot be read: good enough for a log, but not to be stored. */
export interface BodyText {
  readonly text: string
  readonly isUtf8: boolean
}

/**
 * Reads a body of at most `limit` bytes. If the stream is left early, the connection is dropped. The `charset` is ignored:
 * JSON is UTF-8 (RFC 8259), and UTF-8 is the only encoding that can be recognised from the bytes.
 */
export const readText = (response: HttpClientResponse.HttpClientResponse, limit: number) => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  return Stream.runForEach(response.stream, (chunk) => {
    size += chunk.byteLength
    chunks.push(chunk)
    return size > limit ? Effect.fail(new TooLarge()) : Effect.void
  }).pipe(
    Effect.map((): BodyText => {
      const bytes = Buffer.concat(chunks)
      return { text: bytes.toString("utf8").replace(/^\uFEFF/, ""), isUtf8: isUtf8(bytes) }
    })
  )
}

/** The media type in lower case, without parameters. */
export const mediaTypeOf = (contentType: string | undefined): string | undefined => {
  const type = contentType?.split(";")[0]?.trim().toLowerCase()
  return type === "" ? undefined : type
}

/**
 * Parses JSON where the body is JSON. Outside services label JSON as `text/html`, and a CDN's HTML as anything: the body
 * decides.
 */
export const parseLeniently = (text: string, mediaType: string | undefined): unknown => {
  if (mediaType !== undefined && !mediaType.endsWith("json") && !/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const longestWait = 86_400_000

/** A wait in seconds from a header, capped at a day. Only digits count: not `-1`, not `12, 12`. */
export const secondsOf = (header: string | undefined): Duration.Duration | undefined => {
  const text = header?.trim() ?? ""
  return /^\d+(\.\d+)?$/.test(text) ? Duration.millis(Math.min(Number(text) * 1000, longestWait)) : undefined
}

// RFC 9110 section 5.6.7. `Date.parse` also accepts texts such as `-1`, which would block an account for a day.
const httpDate = /^[A-Z][a-z]+, .*\d{2}:\d{2}:\d{2} GMT$/

/** The wait that `Retry-After` asks for, in seconds or as an HTTP date, capped at a day. */
export const waitOf = (header: string | undefined, now: number): Duration.Duration | undefined => {
  const text = header?.trim() ?? ""
  const millis = httpDate.test(text) ? Date.parse(text) - now : Number.NaN
  if (!Number.isFinite(millis)) return secondsOf(text)
  return Duration.millis(Math.min(Math.max(0, millis), longestWait))
}
