import { assert, it } from "@effect/vitest"
import jsqr from "jsqr"
import { otpauthUri } from "../../../src/accounts/factor/TotpCode.ts"
import { qrSvg } from "../../../src/accounts/factor/QrCode.ts"

/** Draws the image, four pixels a module, and reads it as a phone does. */
const scan = (svg: string): string | undefined => {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1])
  const scale = 4
  const width = size * scale
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255)
  const path = /<path d="([^"]*)"/.exec(svg)?.[1] ?? ""
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      for (let column = Number(x) * scale; column < (Number(x) + Number(length)) * scale; column++) {
        pixels.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3)
      }
    }
  }
  const read = (jsqr as unknown as typeof jsqr.default)(pixels, width, width)
  return read?.data
}

it("a QR code says what it was made of", () => {
  const secret = Buffer.from("12345678901234567890")
  for (const email of [
    "nora@shop.example",
    `${"n".repeat(64)}@${"s".repeat(60)}.${"h".repeat(60)}.example`,
    "имя@почта.example"
  ]) {
    const uri = otpauthUri("Fairground (shop.example)", email, secret)
    const svg = qrSvg(uri)
    assert.strictEqual(scan(svg), uri)
    assert.isBelow(svg.length, 40_000)
    assert.notMatch(svg, /script|href|style/)
  }
})
