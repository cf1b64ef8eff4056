import type { HttpClientError } from "effect/http"

/** The fields of a failed system call in Node. */
export interface SystemError {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

/** The error and its causes, outermost first. */
export const systemErrors = (error: unknown): ReadonlyArray<SystemError> => {
  const all: Array<SystemError> = []
  let at = error
  while (typeof at === "object" && at !== null && all.length < 10) {
    const known: SystemError = at
    all.push(known)
    // If several addresses were tried, the first failure counts.
    at = known.cause ?? (Array.isArray(known.errors) ? (known.errors as ReadonlyArray<unknown>)[0] : undefined)
  }
  return all
}

// https://nodejs.org/api/errors.html, https://nodejs.org/api/tls.html#x509-certificate-error-codes
const refused = /^ECONNREFUSED$/
const name = /^(ENOTFOUND|EAI_\w+)$/
const unreachable =
  /^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|EMFILE|ENFILE)$/
const tls =
  /^(ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|CRL_\w+|UNABLE_TO_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERROR_IN_CERT_\w+|EPROTO)$/
const cut = /^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_ABORTED|UND_ERR_DESTROYED|UND_ERR_CLOSED)$/

const reasonOf = ({ code, message, syscall }: SystemError): string | undefined => {
  if (typeof code !== "string") return undefined
  if (refused.test(code)) return "refused"
  if (name.test(code)) return "dns"
  if (unreachable.test(code)) return "unreachable"
  // Node has no code for a connection that ends during the TLS handshake.
  if (tls.test(code) || String(message).includes("before secure TLS connection")) return "tls"
  if (syscall === "connect" || syscall === "getaddrinfo") return "unreachable"
  return cut.test(code) ? "cut" : undefined
}

const beforeSending: ReadonlySet<string> = new Set(["refused", "dns", "unreachable", "tls"])

/**
 * Why a request got no answer, judged by the error codes of the system: `refused`, `dns`, `unreachable` and `tls` (the
 * request certainly did not arrive), `cut` and `transport` (it may have).
 */
export const transportReason = (
  error: HttpClientError.HttpClientError
): { readonly reason: string; readonly mayHaveActed: boolean } => {
  if (error.reason._tag === "EncodeError" || error.reason._tag === "InvalidUrlError") {
    return { reason: "transport", mayHaveActed: false }
  }
  const reasons = systemErrors(error.reason).map(reasonOf)
  const reason = reasons.find((known) => known !== undefined) ?? "transport"
  return { reason, mayHaveActed: !beforeSending.has(reason) }
}
