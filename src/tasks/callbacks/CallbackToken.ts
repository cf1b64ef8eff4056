import { createHmac, timingSafeEqual } from "node:crypto"

/** What an address to call back at is bound to. */
export interface CallbackAddress {
  readonly taskId: string
  /** Base64url. */
  readonly nonce: string
  /** Milliseconds since 1970, in whole seconds. */
  readonly expiresAt: number
}

/** The purpose is signed too, should the key ever sign anything else. */
const macOf = (secret: Uint8Array, { expiresAt, nonce, taskId }: CallbackAddress): Buffer =>
  createHmac("sha256", secret).update(`task-callback.${taskId}.${nonce}.${expiresAt}`).digest()

/** The token of an address: `<expiry in seconds>.<nonce>.<HMAC-SHA256>`. */
export const sign = (secret: Uint8Array, address: CallbackAddress): string =>
  `${address.expiresAt / 1000}.${address.nonce}.${macOf(secret, address).toString("base64url")}`

/** The address that a token was made for; undefined where it was not made by us for this task. It may have expired. */
export const verify = (secret: Uint8Array, taskId: string, token: string): CallbackAddress | undefined => {
  const match = /^([1-9]\d{0,11})\.([\w-]{22})\.([\w-]{43})$/.exec(token)
  if (match === null) return undefined
  const [, seconds = "", nonce = "", mac = ""] = match
  const address = { taskId, nonce, expiresAt: Number(seconds) * 1000 }
  const given = Buffer.from(mac, "base64url")
  const right = macOf(secret, address)
  // One spelling only: base64url's last character has bits to spare.
  return given.length === right.length && timingSafeEqual(given, right) && given.toString("base64url") === mac
    ? address
    : undefined
}

/**
 * Text without tokens, but for their time: an integration may quote the address that it was given, to whoever may read
 * the task.
 */
export const withoutTokens = (text: string): string => text.replaceAll(/(?<=\d\.)[\w-]{22}\.[\w-]{43}/g, "<secret>")
