import { createHmac, timingSafeEqual } from "node:crypto"

/** The codes of authenticator apps: RFC 6238 with what every app knows, SHA-1, 6 digits and steps of 30 seconds. */

const stepMillis = 30_000

/** The code of a step (RFC 4226 section 5.3). */
export const codeOf = (secret: Uint8Array, step: number, digits = 6): string => {
  const mac = createHmac("sha1", secret)
    .update(Buffer.from(step.toString(16).padStart(16, "0"), "hex"))
    .digest()
  return String((mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff) % 10 ** digits).padStart(digits, "0")
}

export const stepAt = (millis: number): number => Math.floor(millis / stepMillis)

/**
 * The step that a code belongs to: the present one, or the one before or after it, because phones go wrong and people are slow
 * (RFC 6238 section 5.2). Undefined: it belongs to none of them.
 */
export const stepOf = (secret: Uint8Array, code: string, millis: number): number | undefined => {
  const now = stepAt(millis)
  // All of them are compared, so that the time taken says nothing.
  const matching = [now - 1, now, now + 1].filter((step) => {
    const expected = Buffer.from(codeOf(secret, step))
    const given = Buffer.from(code)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  return matching.at(-1)
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** Base32 without padding (RFC 4648 section 6). Whole characters only: a number of bytes that is a multiple of five. */
export const base32 = (bytes: Uint8Array): string => {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("")
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join("")
}

/** What an authenticator app reads from a QR code. The issuer may not hold a colon. */
export const otpauthUri = (issuer: string, account: string, secret: Uint8Array): string => {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=6&period=30`
}
