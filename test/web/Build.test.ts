import { assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { join } from "node:path"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { built as folder, digest } from "../../scripts/web.mjs"
import { build, chunks, has, loadedWith, path, size } from "./Built.ts"

beforeAll(build, 240_000)

const root = join(folder, "..", "..")

const files = () =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describe("the build of the pages", () => {
  it("loads at most 260 KiB of script for the first screen, compressed", () => {
    const loaded = loadedWith(["index.html", "overview/Overview.tsx", "words/en.ts"])
    const scripts = [...loaded].filter((file) => file.endsWith(".js"))
    const total = scripts.reduce((sum, file) => sum + size(file), 0)
    assert.isAtMost(total, 260, scripts.map((file) => `${file} ${size(file).toFixed(1)}`).join(", "))
    const styles = [...loaded].filter((file) => file.endsWith(".css")).reduce((sum, file) => sum + size(file), 0)
    assert.isAtMost(styles, 16)
  })

  it("has a chunk for each screen", () => {
    const screens = Object.keys(chunks()).filter((name) => /^\w+\/[A-Z]\w+\.tsx$/.test(name))
    assert.includeMembers(screens, ["overview/Overview.tsx", "players/Players.tsx", "plays/Plays.tsx"])
  })

  it("keeps the widget within 15 KiB, in one file", () => {
    // The widget is built as soon as its entry is there.
    if (!fs.existsSync(join(root, "src/web/game/widget.ts"))) return assert.isFalse(has("widget.js"))
    assert.isAtMost(size("widget.js"), 15)
    assert.notMatch(fs.readFileSync(path("widget.js"), "utf8"), /\bimport\b\s*[({"']|from\s*["']/)
  })

  it("holds no script or style in the page itself, which the policy would refuse", () => {
    const html = fs.readFileSync(path("admin.html"), "utf8")
    assert.notMatch(html, /<style|style="|<script(?![^>]* src=)|\son\w+=/)
    for (const [, source] of html.matchAll(/(?:src|href)="(?!data:|\/account)([^"]+)"/g)) {
      assert.match(source ?? "", /^\/assets\/[\w.-]+-[\w-]{8}\.(?:js|css)$/)
    }
  })

  it("names every file by a digest of what it holds, so that caches may keep it for ever", () => {
    for (const file of fs.readdirSync(join(folder, "assets"))) {
      assert.match(file, /^[\w.-]+-[\w-]{8}\.(?:js|css|woff2)(?:\.br|\.gz)?$/)
    }
  })

  it("compresses scripts and styles, and no fonts", () => {
    for (const file of files()) {
      const text = fs.readFileSync(file)
      if (file.endsWith(".br")) assert.isTrue(brotliDecompressSync(text).equals(fs.readFileSync(file.slice(0, -3))))
      if (file.endsWith(".gz")) assert.isTrue(gunzipSync(text).equals(fs.readFileSync(file.slice(0, -3))))
      if (/\.(?:js|css)$/.test(file) && text.length > 1000) {
        assert.isTrue(fs.existsSync(`${file}.br`) && fs.existsSync(`${file}.gz`), file)
      }
      if (file.endsWith(".woff2")) assert.isFalse(fs.existsSync(`${file}.gz`))
    }
  })

  it("knows every file that it is made of: the contract, the screens, the styles, the lockfiles", () => {
    const inputs = JSON.parse(fs.readFileSync(path("inputs.json"), "utf8")) as Record<string, string>
    assert.includeMembers(Object.keys(inputs), [
      "package.json",
      "package-lock.json",
      "src/web/package-lock.json",
      "scripts/web.ts",
      "src/Api.ts",
      "src/plays/PlaysApi.ts",
      "src/web/admin/index.html",
      "src/web/admin/early.js",
      "src/web/admin/css/tokens.css",
      "src/web/admin/words/ru/shell.ts",
      "src/web/admin/players/Players.tsx"
    ])
    for (const [file, known] of Object.entries(inputs)) {
      assert.notInclude(file, "node_modules")
      assert.strictEqual(digest(fs.readFileSync(join(root, file))), known, file)
    }
    assert.notInclude(Object.keys(inputs).join(" "), "Repo.ts")
  })
})

describe("the sources of the pages", () => {
  const sources = fs
    .readdirSync(join(root, "src/web"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|tsx|html|css|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes("node_modules"))

  it("make no HTML from texts", () => {
    for (const file of sources) {
      assert.notMatch(
        fs.readFileSync(file, "utf8"),
        /\b(?:inner|outer)HTML\b|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|new Function\b|\beval\(/,
        file
      )
    }
  })

  it("ask no other service for anything", () => {
    for (const file of sources.filter((file) => /\.(?:css|html)$/.test(file))) {
      assert.notMatch(
        fs.readFileSync(file, "utf8").replaceAll("http://www.w3.org/2000/svg", ""),
        /https?:|url\(["']?\/\//,
        file
      )
    }
  })

  it("know no left and right, so that they can be read from either side", () => {
    for (const file of sources.filter((file) => file.endsWith(".css"))) {
      const lines = fs.readFileSync(file, "utf8").split("\n")
      const found = lines.filter((line) =>
        /^\s*(?:margin|padding|border)-(?:left|right)\b|^\s*(?:left|right):|text-align: right|float:/.test(line)
      )
      assert.deepStrictEqual(found, [], file)
    }
  })
})
