import { Option, Schema } from "effect"
import { toASCII, toUnicode } from "tr46"

/** An email address as its player typed it, trimmed. */
export type EmailAddress = string

/** A normalised email address, which identifies a player. */
export const EmailKey = Schema.String.pipe(Schema.brand("EmailKey"))
export type EmailKey = typeof EmailKey.Type

const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text)

const encoder = new TextEncoder()
const octetsOf = (text: string) => encoder.encode(text).length

// RFC 5322 section 3.2.3 (dot-atom). Quoted local parts are valid by RFC 5321, but refused here as by every large mailbox
// provider.
const asciiLocalPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
// The same with the characters that RFC 6531 adds, except controls, spaces, unassigned and invisible characters.
const localPart =
  /^(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800])+(?:\.(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800])+)*$/iu
// RFC 1035 section 2.3.4 and RFC 3696 section 2: labels of 1 to 63 letters, digits and inner hyphens; the last not a number.
const asciiDomain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/

// `checkHyphens` is off because ASCII labels may have hyphens in any inner place; `unicodeLabel` checks other labels.
const strict = { checkHyphens: false, checkBidi: true, checkJoiners: true, useSTD3ASCIIRules: true }

// Characters that UTS 46 would silently drop. Joiners are allowed: they have a meaning in some scripts, and UTS 46 checks them.
const dropped = /(?!\p{Join_Control})\p{Default_Ignorable_Code_Point}/u

// RFC 5891 section 4.2.3.1 and RFC 5892, because UTS 46 alone also accepts symbols and punctuation. \p{Lu} is there for
// Cherokee, which UTS 46 maps to capitals.
const unicodeLabel =
  /^(?!-|..--)(?:(?![\u{302e}\u{302f}\u0640\u07fa\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb])[\p{Lu}\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\u06fd\u06fe\u0f0b\u3007\p{Join_Control}-]|(?<=l)\u00b7(?=l)|\u0375(?=\p{Script=Greek})|(?<=\p{Script=Hebrew})[\u05f3\u05f4]|(?<=[\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script_Extensions=Han}])\u30fb)+(?<!-)$/u

/** The ASCII form of an internationalised domain, typed in either form; undefined: it is not valid. */
const toAsciiDomain = (typed: string): string | undefined => {
  if (dropped.test(typed)) return undefined
  const ascii = toASCII(typed, { ...strict, verifyDNSLength: true })
  if (ascii === null) return undefined
  const labels = toUnicode(ascii, strict).domain.split(".")
  return labels.every((label) => isAscii(label) || unicodeLabel.test(label)) ? ascii : undefined
}

const domainOf = (typed: string): string | undefined => {
  const lower = typed.toLowerCase()
  // For an ASCII domain without punycode labels, IDNA only lower-cases.
  const domain = isAscii(lower) && !lower.includes("xn--") ? lower : toAsciiDomain(typed)
  return domain !== undefined && domain.length <= 253 && asciiDomain.test(domain) ? domain : undefined
}

/**
 * The key of an address: trimmed, NFC, domain in lower-case ASCII (IDNA 2008 by UTS 46), local part lower-cased. None: the
 * text is not an address. The local part has 1 to 64 octets, the whole at most 254 (RFC 5321 sections 4.5.3.1.1 and
 * 4.5.3.1.3).
 */
export const normalise = (input: string): Option.Option<EmailKey> => {
  // No valid address is longer, and the checks below cost time.
  if (input.length > 512 || !input.isWellFormed()) return Option.none()
  const trimmed = input.trim()
  // A fast path for ASCII, which most addresses are: each play normalises its address several times.
  const isPlain = isAscii(trimmed)
  const text = isPlain ? trimmed : trimmed.normalize("NFC")
  const at = text.lastIndexOf("@")
  const typed = text.slice(0, at)
  if (at < 1 || !(isPlain ? asciiLocalPart : localPart).test(typed)) return Option.none()
  const domain = domainOf(text.slice(at + 1))
  if (domain === undefined) return Option.none()
  const local = isPlain ? typed.toLowerCase() : typed.toLowerCase().normalize("NFC")
  const octets = isPlain ? (part: string) => part.length : octetsOf
  if (octets(typed) > 64 || octets(local) > 64 || octets(local) + 1 + domain.length > 254) return Option.none()
  return Option.some(EmailKey.make(`${local}@${domain}`))
}

/**
 * How the keys of addresses begin that begin with this text: trimmed, NFC, lower-cased, and the domain in ASCII, of which one beyond
 * ASCII is found by whole labels only. None: no address begins so.
 */
export const prefixOf = (input: string): Option.Option<string> => {
  if (input.length > 512 || !input.isWellFormed()) return Option.none()
  const text = input.trim().normalize("NFC")
  if (text === "" || text !== text.replaceAll(/[\s\p{Cc}]/gu, "")) return Option.none()
  const at = text.lastIndexOf("@")
  const local = (at === -1 ? text : text.slice(0, at)).toLowerCase().normalize("NFC")
  if (at === -1) return Option.some(local)
  const typed = text.slice(at + 1)
  const domain = isAscii(typed) ? typed.toLowerCase() : toASCII(typed, { ...strict, verifyDNSLength: false })
  return domain === null ? Option.none() : Option.some(`${local}@${domain}`)
}

/** The key of an address that the contract has already checked. Throws for any other text, which is a bug. */
export const keyOf = (address: string): EmailKey =>
  Option.getOrThrowWith(normalise(address), () => new Error("an address was not checked"))

/** The address to send mail to: the local part as typed, and the domain in ASCII, which every mail system accepts. */
export const mailbox = (typed: EmailAddress, key: EmailKey): string =>
  typed.slice(0, typed.lastIndexOf("@")).normalize("NFC") + key.slice(key.lastIndexOf("@"))

// Annotated before the check: the OpenAPI document omits a check that JSON Schema cannot express, and its annotations.
/** An email address in a request. */
export const EmailInput = Schema.String.annotate({
  title: "Email address",
  description:
    "The player's email address, of up to 254 characters, internationalised ones included. Case, surrounding spaces and the spelling of the domain do not make another player.",
  examples: ["nora@shop.example"]
}).check(Schema.makeFilter((text: string) => Option.isSome(normalise(text)) || "Expected an email address"))

/** The beginning of an address in a request. `prefixOf` gives that of its key. */
export const EmailPrefix = Schema.String.annotate({
  description:
    "The beginning of an address. Case makes no difference. A domain beyond ASCII is found by whole labels only: `@bücher.` and not `@büch`.",
  examples: ["nora@"]
}).check(Schema.makeFilter((text: string) => Option.isSome(prefixOf(text)) || "Expected the beginning of an address"))
