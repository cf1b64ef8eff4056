import { Option, Schema } from "effect"

/** An email address as its player typed it, trimmed. */
export type EmailAddress = string

/** A normalised email address: one person's key. */
export const EmailKey = Schema.String.pipe(Schema.brand("EmailKey"))
export type EmailKey = typeof EmailKey.Type

const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text)

const encoder = new TextEncoder()
const octets = (text: string) => (isAscii(text) ? text.length : encoder.encode(text).length)

// RFC 5322 section 3.2.3 (dot-atom), and beyond ASCII what RFC 6531 adds, without controls, spaces and unassigned
// characters. Quoted local parts are valid by RFC 5321 and refused here, as every large mailbox provider does.
const localPart =
  /^(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{C}\p{Z}])+(?:\.(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{C}\p{Z}])+)*$/iu
// What may stand in a typed domain before IDNA: nothing that the URL parser would take as something else than a host.
const typedDomain =
  /^(?:[a-z0-9-]|[^\p{ASCII}\p{C}\p{Z}\u3002\uff0e\uff61])+(?:[.\u3002\uff0e\uff61](?:[a-z0-9-]|[^\p{ASCII}\p{C}\p{Z}\u3002\uff0e\uff61])+)+$/iu
// RFC 1035 section 2.3.4 and RFC 3696 section 2: labels of 1 to 63 letters, digits and inner hyphens; the last is no number.
const asciiDomain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/

const parse = (input: string): { readonly local: string; readonly domain: string } | undefined => {
  // Nothing valid is longer, and what follows is not free.
  if (input.length > 512 || !input.isWellFormed()) return undefined
  const text = input.trim().normalize("NFC")
  const at = text.lastIndexOf("@")
  const local = text.slice(0, at)
  const typed = text.slice(at + 1)
  if (at < 1 || !localPart.test(local) || !typedDomain.test(typed)) return undefined
  // The URL parser carries out IDNA as browsers do (UTS 46, non-transitional), also where there is no node:url. To a domain
  // without other letters and without a label that claims to stand for some, that is lower-casing.
  const lower = typed.toLowerCase()
  const domain = isAscii(lower) && !lower.includes("xn--") ? lower : URL.parse(`http://${typed}`)?.hostname
  if (domain === undefined || domain.length > 253 || !asciiDomain.test(domain)) return undefined
  return { local, domain }
}

/**
 * The key of an address: trimmed, NFC, domain in lower-case ASCII (IDNA), local part lower-cased. None when the text is
 * no address: the local part has 1 to 64 octets, the whole at most 254 (RFC 5321 sections 4.5.3.1.1 and 4.5.3.1.3).
 */
export const normalise = (input: string): Option.Option<EmailKey> => {
  const parsed = parse(input)
  if (parsed === undefined) return Option.none()
  const local = parsed.local.toLowerCase().normalize("NFC")
  const key = `${local}@${parsed.domain}`
  if (octets(parsed.local) > 64 || octets(local) > 64 || octets(key) > 254) return Option.none()
  return Option.some(EmailKey.make(key))
}

/** The key of an address that was checked before, as the contract does: what is none here is a mistake of ours. */
export const keyOf = (address: string): EmailKey =>
  Option.getOrThrowWith(normalise(address), () => new Error("an address was not checked"))

// Annotated before the check: the document leaves out a check that JSON Schema cannot say, with all that is said of it.
/** An email address in a request. */
export const EmailInput = Schema.String.annotate({
  title: "Email address",
  description:
    "The player's email address, of up to 254 characters, internationalised ones included. Case, surrounding spaces and the spelling of the domain do not make another player.",
  examples: ["nora@shop.example"]
}).check(Schema.makeFilter((text: string) => Option.isSome(normalise(text)) || "Expected an email address"))
