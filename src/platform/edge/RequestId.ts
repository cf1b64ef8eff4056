import { randomUUID } from "node:crypto"

// Excludes everything that could break out of a log line, a header or a shell word.
const wellFormed = /^[A-Za-z0-9._-]{1,128}$/

/** The request's own `X-Request-Id` if it is well-formed, else a new id. */
export const requestId = (given: string | undefined): string =>
  given !== undefined && wellFormed.test(given) ? given : randomUUID()
