import { hash, randomInt } from "node:crypto"
import { crc32 } from "node:zlib"

/**
 * Tokens: a prefix of four characters that says what it is for, 256 random bits in base62, and a checksum, as GitHub's have it: a
 * scanner recognises one that leaked, and a mistyped one costs no statement. They are stored as SHA-256; there is nothing to guess, so
 * no salt.
 */
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const base62 = (value: number): string => {
  let text = ""
  for (let rest = value; text.length < 6; rest = Math.floor(rest / 62)) text = alphabet.charAt(rest % 62) + text
  return text
}

const withSum = (text: string): string => text + base62(crc32(text))

export const makeToken = (prefix: string): string =>
  withSum(prefix + Array.from({ length: 43 }, () => alphabet.charAt(randomInt(62))).join(""))

/** Whether the text could be a token of this kind. Whoever is asked for one that cannot need not ask the database. */
export const isWellFormed = (prefix: string, token: string): boolean =>
  token.length === 53 && token.startsWith(prefix) && withSum(token.slice(0, 47)) === token

/** What is stored of a token: 32 bytes. */
export const hashOf = (token: string): Buffer => hash("sha256", token, "buffer")
