import { Option } from "effect"
import { isIP } from "node:net"
import { mailbox, normalise } from "../players/Email.ts"

/** Whose name a mail is sent in. */
export interface Sender {
  readonly name: string
  /** The domain in ASCII. */
  readonly address: string
}

/** Where mails are handed in. */
export interface Server {
  readonly host: string
  readonly port: number
  readonly auth: { readonly user: string; readonly pass: string } | undefined
  /**
   * `connection`: TLS from the first byte; `required`: by STARTTLS, or not at all; `offered`: by STARTTLS if the server offers it,
   * with whatever certificate, because whoever could forge that could also hide the offer.
   */
  readonly tls: "connection" | "required" | "offered"
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Reads SMTP_URL. A text: what is wrong with it, without the URL, which holds a password. */
export const serverOf = (text: string): Server | string => {
  const url = URL.parse(text)
  if (url === null || url.hostname === "") return "has no host"
  if (!["", "/"].includes(url.pathname) || url.hash !== "") return "has something after the host"
  const [user, pass] = [decoded(url.username), decoded(url.password)]
  if (user === undefined || pass === undefined) return "has a user or a password that is not percent-encoded rightly"
  if ((user === "") !== (pass === "")) return "has a user without a password, or a password without a user"
  const host = decoded(url.hostname.replace(/^\[(.*)\]$/, "$1"))
  if (host === undefined || !/^[a-z0-9.:_-]+$/i.test(host)) return "has a host that is no name and no address"
  const isSecure = url.protocol === "smtps:"
  const wanted = url.searchParams.get("tls")
  if ([...url.searchParams.keys()].some((key) => key !== "tls")) return "has parameters other than `tls`"
  if (wanted !== null && (isSecure || (wanted !== "required" && wanted !== "offered"))) {
    return "has a `tls` that is neither `required` nor `offered`, or has one although `smtps:` is always encrypted"
  }
  return {
    host,
    port: url.port === "" ? (isSecure ? 465 : 587) : Number(url.port),
    auth: user === "" ? undefined : { user, pass },
    tls: isSecure ? "connection" : (wanted ?? (isLoopback(host) ? "offered" : "required"))
  }
}

/** The name before `<address>`: bare, or in quotes. */
const nameOf = (text: string): string | undefined => {
  const name = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  return /["<>\\\p{Cc}\p{Zl}\p{Zp}]/u.test(name) || !name.isWellFormed() ? undefined : name
}

/** Reads MAIL_FROM: an address, or `Name <address>`, the name also in quotes. */
export const senderOf = (text: string): Sender | undefined => {
  const bracket = text.endsWith(">") ? text.lastIndexOf("<") : -1
  const name = bracket === -1 ? "" : nameOf(text.slice(0, bracket).trim())
  const typed = (bracket === -1 ? text : text.slice(bracket + 1, -1)).trim()
  if (name === undefined) return undefined
  return Option.getOrUndefined(Option.map(normalise(typed), (key) => ({ name, address: mailbox(typed, key) })))
}
