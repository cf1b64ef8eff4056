import { Cause, Redacted } from "effect"
import { cut } from "../contract/Cut.ts"

/**
 * Removes email addresses from text for the log, because errors quote their input. A scope such as `@effect` in a path is not
 * an address.
 */
export const withoutAddresses = (text: string): string =>
  // A match must begin at the start of a word. Tried at every character, a long word would take quadratic time.
  text.replaceAll(/(?<![^\s/"'`<>(),;:=@])[^\s/"'`<>(),;:=@]+(?:@|%40)[^\s/"'`<>(),;:=@]+/gi, "<address>")

/** Everything that is known of a failure, for the log. */
export const forLog = (cause: Cause.Cause<unknown>): string => withoutAddresses(Cause.pretty(cause))

const longest = 300

/** The spellings in which an outside service may repeat a secret that it was sent. */
const spellings = (secret: string): ReadonlyArray<string> =>
  [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret).toString("base64url")
    // As in JSON; some encoders escape the slash, as PHP's does.
  ].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/")
  ])

/**
 * Prepares text of an outside service for the log and the database: removes secrets, email addresses, line breaks, and what
 * PostgreSQL cannot store (NUL and lone surrogates), and shortens it.
 */
export const redactor = (secrets: ReadonlyArray<Redacted.Redacted<string>>) => {
  const known = [...new Set(secrets.flatMap((secret) => spellings(Redacted.value(secret))))].filter((one) => one !== "")
  // Longest first, because one secret may contain another.
  known.sort((a, b) => b.length - a.length)
  return (text: string): string => {
    const hidden = known.reduce((rest, secret) => rest.replaceAll(secret, "<secret>"), text)
    const line = withoutAddresses(hidden)
      .replaceAll(/[\s\p{Cc}]+/gu, " ")
      .trim()
    return (line.length > longest ? `${cut(line, longest)}…` : line).toWellFormed()
  }
}
