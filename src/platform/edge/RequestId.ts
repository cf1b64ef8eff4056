import { randomUUID } from "node:crypto"

// Nothing that could break out of a log line, a header or a shell.
const sane = /^[A-Za-z0-9._-]{1,128}$/

/** The request's own `X-Request-Id` where it is a sane one, else a new one. */
export const requestId = (given: string | undefined): string =>
  given !== undefined && sane.test(given) ? given : randomUUID()
