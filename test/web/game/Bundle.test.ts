import * as fs from "node:fs"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { bundle } from "./support/Bundle.ts"

const root = path.resolve(import.meta.dirname, "../../../src/web/game")
const sources = fs
  .readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ({ file, text: fs.readFileSync(path.join(root, file), "utf8") }))

describe("the widget as it is sent", () => {
  it("has at most 15 KB with gzip, in one file", async () => {
    const code = await bundle()
    assert.isAtMost(gzipSync(code, { level: 9 }).length, 15 * 1024)
    assert.notMatch(code, /\bimport\s*[("']|\bfrom\s*["']/)
  })

  it("imports nothing outside its folder", () => {
    for (const { file, text } of sources) {
      for (const [, from] of text.matchAll(/from "([^"]+)"/g)) {
        const target = path.resolve(root, path.dirname(file), from ?? "")
        assert.isTrue(from?.startsWith(".") && target.startsWith(root) && fs.existsSync(target), `${file}: ${from}`)
      }
    }
  })

  it("makes elements one by one: a strict policy and Trusted Types let nothing else pass", () => {
    const forbidden =
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|setAttribute\("style"|style:|srcdoc/
    for (const { file, text } of sources) {
      if (file === "style.ts") continue
      const code = text.replaceAll(/\/\*\*[\s\S]*?\*\/|\/\/.*$/gm, "")
      assert.notMatch(code, forbidden, file)
    }
  })
})
