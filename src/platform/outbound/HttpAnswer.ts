import { Data, Duration, Effect, Stream } from "effect"
import type { HttpClientResponse } from "effect/http"
import { isUtf8 } from "node:buffer"

/** The body has more bytes than are read of it. */
export class TooLarge extends Data.TaggedError("TooLarge") {}

/** A body as text. Where it is not UTF-8, U+FFFD stands for what cannot be read: fit for a log, and for nothing that is kept. */
export interface BodyText {
  readonly text: string
  readonly isUtf8: boolean
}

/**
 * The body, of `limit` bytes at most. Leaving the stream early drops the connection. What `charset` says does not count: JSON is
 * UTF-8 (RFC 8259), and no encoding can be told from the bytes but this one.
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

/** JSON where the body is some. Outside services send JSON as `text/html` and HTML from a CDN as anything: the body decides. */
export const parseLeniently = (text: string, mediaType: string | undefined): unknown => {
  if (mediaType !== undefined && !mediaType.endsWith("json") && !/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const longestWait = 86_400_000

/** The wait that a header names in seconds. No more than a day is believed, and nothing but digits: not `-1`, not `12, 12`. */
export const secondsOf = (header: string | undefined): Duration.Duration | undefined => {
  const text = header?.trim() ?? ""
  return /^\d+(\.\d+)?$/.test(text) ? Duration.millis(Math.min(Number(text) * 1000, longestWait)) : undefined
}

// RFC 9110 section 5.6.7. What else `Date.parse` takes for a date, `-1` for one, would shut an account for a day.
const httpDate = /^[A-Z][a-z]+, .*\d{2}:\d{2}:\d{2} GMT$/

/** The wait of a `Retry-After`: seconds, or the time of an HTTP date. No more than a day is believed. */
export const waitOf = (header: string | undefined, now: number): Duration.Duration | undefined => {
  const text = header?.trim() ?? ""
  const millis = httpDate.test(text) ? Date.parse(text) - now : Number.NaN
  if (!Number.isFinite(millis)) return secondsOf(text)
  return Duration.millis(Math.min(Math.max(0, millis), longestWait))
}
