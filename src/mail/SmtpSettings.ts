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

/** Reads MAIL_FROM: an address, or `Name <address>`, the name also in quotes. */
export const senderOf = (text: string): Sender | undefined => {
  const [, quoted, bare, inBrackets] = /^(?:"([^"\\]*)"|([^"<>]*?))\s*<([^<>]*)>$/u.exec(text) ?? []
  const address = (inBrackets ?? text).trim()
  const name = (quoted ?? bare ?? "").trim()
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) || !name.isWellFormed()) return undefined
  return Option.getOrUndefined(Option.map(normalise(address), (key) => ({ name, address: mailbox(address, key) })))
}
