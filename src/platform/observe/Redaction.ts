import { Cause, Redacted } from "effect"
import { cut } from "../Cut.ts"

/**
 * Text for the log without email addresses, which errors quote from what they were given. A scope such as `@effect` in a
 * path is none.
 */
export const withoutAddresses = (text: string): string =>
  // Begins where a word does: tried at each sign of a long one, it would take the square of its length.
  text.replaceAll(/(?<![^\s/"'`<>(),;:=@])[^\s/"'`<>(),;:=@]+(?:@|%40)[^\s/"'`<>(),;:=@]+/gi, "<address>")

/** All that is known of a failure, for the log. */
export const forLog = (cause: Cause.Cause<unknown>): string => withoutAddresses(Cause.pretty(cause))

const longest = 300

/** The ways in which an outside service may repeat what it was sent. */
const spellings = (secret: string): ReadonlyArray<string> =>
  [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret).toString("base64url")
    // Within JSON; some write a slash as PHP does.
  ].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/")
  ])

/**
 * Text of an outside service as it may be logged and stored: without the secrets, without addresses, on one line, not long, and
 * without what PostgreSQL has no place for: NUL and halves of surrogate pairs.
 */
export const redactor = (secrets: ReadonlyArray<Redacted.Redacted<string>>) => {
  const known = [...new Set(secrets.flatMap((secret) => spellings(Redacted.value(secret))))].filter((one) => one !== "")
  // The longest first: one secret may be a part of another.
  known.sort((a, b) => b.length - a.length)
  return (text: string): string => {
    const hidden = known.reduce((rest, secret) => rest.replaceAll(secret, "<secret>"), text)
    const line = withoutAddresses(hidden)
      .replaceAll(/[\s\p{Cc}]+/gu, " ")
      .trim()
    return (line.length > longest ? `${cut(line, longest)}…` : line).toWellFormed()
  }
}
