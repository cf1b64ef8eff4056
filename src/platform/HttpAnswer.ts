import { Duration } from "effect"

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

/** The wait that a header names: seconds, or the time of an HTTP date. No more than a day is believed. */
export const waitOf = (header: string | undefined, now: number): Duration.Duration | undefined => {
  const text = header?.trim() ?? ""
  const millis = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(millis) && text !== "" ? Duration.millis(Math.min(Math.max(0, millis), 86_400_000)) : undefined
}
