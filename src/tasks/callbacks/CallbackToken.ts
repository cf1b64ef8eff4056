import { createHmac, timingSafeEqual } from "node:crypto"

/** The facts that a callback address is bound to. */
export interface CallbackAddress {
  readonly taskId: string
  /** 16 random bytes in base64url. */
  readonly nonce: string
  /** Milliseconds since 1970, in whole seconds. */
  readonly expiresAt: number
}

/** Signs the purpose too, so that a signature made for another purpose with the same key is not a callback's. */
const macOf = (secret: Uint8Array, { expiresAt, nonce, taskId }: CallbackAddress): Buffer =>
  createHmac("sha256", secret).update(`task-callback.${taskId}.${nonce}.${expiresAt}`).digest()

/** The token of an address: `<expiry in seconds>.<nonce>.<HMAC-SHA256>`. */
export const sign = (secret: Uint8Array, address: CallbackAddress): string =>
  `${address.expiresAt / 1000}.${address.nonce}.${macOf(secret, address).toString("base64url")}`

/** The address of a token; undefined: this service did not make the token for this task. The address may have expired. */
export const verify = (secret: Uint8Array, taskId: string, token: string): CallbackAddress | undefined => {
  const match = /^([1-9]\d{0,11})\.([\w-]{22})\.([\w-]{43})$/.exec(token)
  if (match === null) return undefined
  const [, seconds = "", nonce = "", mac = ""] = match
  const address = { taskId, nonce, expiresAt: Number(seconds) * 1000 }
  const given = Buffer.from(mac, "base64url")
  const right = macOf(secret, address)
  // Accepts one spelling only: the last character of base64url has unused bits.
  return given.length === right.length && timingSafeEqual(given, right) && given.toString("base64url") === mac
    ? address
    : undefined
}

/**
 * Replaces tokens in a text, except for their expiry. An integration may quote its callback address in a text that
 * everybody who may read the task sees.
 */
export const withoutTokens = (text: string): string => text.replaceAll(/(?<=\d\.)[\w-]{22}\.[\w-]{43}/g, "<secret>")
