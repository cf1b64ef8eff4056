import { assert, describe, it } from "@effect/vitest"
import { sign, verify } from "../../../src/tasks/callbacks/CallbackToken.ts"

const secret = Buffer.alloc(32, 7)
const address = {
  taskId: "0198c7e2-7d1c-7f0e-9a55-0b6b3c0f7a11",
  nonce: "mK1Y8Jw0c2n4q6s8u0w2yA",
  expiresAt: 1_795_320_000_000
}
const token = sign(secret, address)

describe("the token of a callback", () => {
  it("gives its address back", () => {
    assert.deepStrictEqual(verify(secret, address.taskId, token), address)
    assert.match(token, /^1795320000\.mK1Y8Jw0c2n4q6s8u0w2yA\.[\w-]{43}$/)
  })

  it("is good for its task, its nonce, its time and its key only", () => {
    const [seconds, nonce, mac] = token.split(".") as [string, string, string]
    assert.isUndefined(verify(secret, address.taskId.replace("11", "12"), token))
    assert.isUndefined(verify(Buffer.alloc(32, 8), address.taskId, token))
    assert.isUndefined(verify(secret, address.taskId, `${Number(seconds) + 1}.${nonce}.${mac}`))
    assert.isUndefined(verify(secret, address.taskId, `${seconds}.${nonce.replace("m", "n")}.${mac}`))
    const other = mac.startsWith("A") ? "B" : "A"
    assert.isUndefined(verify(secret, address.taskId, `${seconds}.${nonce}.${other}${mac.slice(1)}`))
  })

  it("has one spelling", () => {
    const [seconds, nonce, mac] = token.split(".") as [string, string, string]
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    const last = alphabet.indexOf(mac.at(-1)!)
    // The two last bits of the last character belong to no byte.
    const twin = alphabet[last ^ 1]!
    assert.deepStrictEqual(Buffer.from(mac, "base64url"), Buffer.from(mac.slice(0, -1) + twin, "base64url"))
    for (const spelt of [
      `${seconds}.${nonce}.${mac.slice(0, -1)}${twin}`,
      `0${seconds}.${nonce}.${mac}`,
      `${seconds}.${nonce}.${mac}=`,
      `${seconds}.${nonce}`,
      ` ${token}`,
      `${token}\n`,
      ""
    ]) {
      assert.isUndefined(verify(secret, address.taskId, spelt), spelt)
    }
  })
})
