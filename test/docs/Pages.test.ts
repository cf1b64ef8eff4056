import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { sandboxAddresses } from "../../src/esp/sandbox/EspSandbox.ts"
import { Api } from "../../src/Api.ts"
import { problemsOf } from "../../src/platform/contract/ProblemList.ts"
import { Settings } from "../../src/platform/settings/Settings.ts"
import { definitions } from "../../src/Settings.ts"
import { version } from "../../src/platform/Version.ts"
import { anchor, pages, read, root, rows, section } from "./Markdown.ts"

const readme = read("README.md")
const withoutCode = (text: string) => text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "")

describe("README.md", () => {
  it("has a row for each magic address of the sandbox, saying what it does", () => {
    assert.deepStrictEqual(
      rows(section(readme, "## The sandbox ESP")).map(([address, does]) => ({ address, does })),
      sandboxAddresses.map(({ address, does }) => ({ address: `\`${address}\``, does }))
    )
  })

  it("says in one screen how to record a play", () => {
    const screen = readme.split("\n").slice(0, 40).join("\n")
    assert.include(screen, "npm start")
    assert.include(screen, "curl -X POST http://localhost:8080/api/v1/games/wheel/plays")
    assert.include(screen, `"plays":2`)
  })
})

describe("docs/http.md", () => {
  it("lists each problem with its status and title", () => {
    assert.deepStrictEqual(
      rows(section(read("docs/http.md"), "## Problems")),
      problemsOf(Api).map(({ name, status, title }) => [`${status}`, `\`${name}\``, title])
    )
  })
})

describe("docs/operations.md", () => {
  it("lists each metric that the code declares", () => {
    const declared = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.includes("node_modules"))
      .flatMap((path) => [...read(join("src", path)).matchAll(/(?:Metric\.\w+|histogram)\(\s*"(fairground_\w+)"/g)])
      .map(([, name]) => name!)
    assert.isAbove(declared.length, 5)
    const listed = rows(section(read("docs/operations.md"), "## Metrics")).map(([name]) => name!.replaceAll("`", ""))
    assert.sameMembers(listed, declared)
  })
})

describe("every page", () => {
  it("has relative links that lead somewhere", () => {
    const anchors = (page: string) =>
      [
        ...read(page)
          .replaceAll(/^```.*?^```$/gms, "")
          .matchAll(/^#+ (.*)$/gm)
      ].map(([, heading]) => anchor(heading!))
    let links = 0
    for (const page of pages) {
      for (const [, target] of withoutCode(read(page)).matchAll(/\]\(([^)]+)\)/g)) {
        if (/^https?:/.test(target!)) continue
        links++
        const [path = "", fragment] = target!.split("#")
        const file = path === "" ? page : normalize(join(dirname(page), path))
        assert.isTrue(existsSync(join(root, file)), `${page} links to ${target}: there is no ${file}`)
        if (fragment !== undefined) assert.include(anchors(file), fragment, `${page} links to ${target}`)
      }
    }
    assert.isAbove(links, 10)
  })

  it("names only settings that there are", () => {
    const known = new Set(definitions.map(({ name }) => name))
    // The last two are attributes of Brevo.
    const others = new Set([
      "POSTGRES_PASSWORD",
      "TEST_DATABASE_URL",
      "LEFTHOOK",
      "EXT_ID",
      "LANDLINE_NUMBER",
      "NODE_EXTRA_CA_CERTS"
    ])
    for (const page of pages) {
      for (const [, name] of read(page).matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`/g)) {
        assert.isTrue(known.has(name!) || others.has(name!), `${page} names ${name}`)
      }
    }
  })

  it("is led to from the README, if it is in docs/", () => {
    const missing = pages.filter((page) => page.startsWith("docs/") && !readme.includes(`](${page})`))
    assert.deepStrictEqual(missing, [])
  })
})

describe("what the version is named in", () => {
  it("agrees with package.json", () => {
    assert.match(read("CHANGELOG.md"), new RegExp(`^## \\[?${version}\\]? - `, "m"))
    assert.include(read("Dockerfile"), `ARG VERSION=${version}\n`)
  })
})

describe("the container files", () => {
  const dockerfile = read("Dockerfile")
  const compose = read("docker-compose.yml")

  it("copy what .dockerignore lets through, and that only", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, sources]) => sources!.split(" "))
    const allowed = [...read(".dockerignore").matchAll(/^!(.*)$/gm)].map(([, path]) => path)
    const isInside = (path: string) => allowed.some((folder) => path.startsWith(`${folder}/`))
    assert.sameMembers([...new Set(copied.filter((path) => !isInside(path)))], allowed)
    for (const path of copied) assert.isTrue(existsSync(join(root, path)), path)
  })

  it("hold everything that the program is started with", () => {
    const entry: ReadonlyArray<string> = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]")
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read("package.json"))
    // The same flags as outside of a container.
    const command = scripts["fairground"]?.replace("scripts/run.mjs ", "")
    assert.strictEqual(entry.join(" "), command)
    assert.match(dockerfile, /^USER node$/m)
    assert.notMatch(dockerfile, /^(?:ENTRYPOINT|CMD) [^[]/m)
    const needed = [...read("src/platform/postgres/Migrations.ts").matchAll(/new URL\("(?:\.\.\/)+([^"]+)"/g)]
    assert.deepStrictEqual(
      needed.map(([, path]) => path),
      ["migrations"]
    )
  })

  it("wait longer for the end than the service takes", () => {
    const app = /^ {2}app:\n(.*?)(?=^ {2}\w)/ms.exec(compose)?.[1] ?? ""
    const grace = /stop_grace_period: (\d+)s/.exec(app)?.[1]
    const shutdown = Duration.toSeconds(
      Duration.fromInputUnsafe(Settings.definitions.shutdownGrace.default as Duration.Input)
    )
    assert.isAtLeast(Number(grace), shutdown + 10)
  })

  it("give a password nowhere, and publish ports to this machine in the profile dev alone", () => {
    assert.notMatch(compose, /PASSWORD: (?!\$\{POSTGRES_PASSWORD:\?)/)
    assert.deepStrictEqual([...compose.matchAll(/^ {4}ports:$/gm)].length, 1)
    assert.match(compose, /^ {2}ports:\n {4}profiles: \[dev\]$/m)
    for (const [, mapping] of compose.matchAll(/^ {6}- ([\d.:]+)$/gm)) assert.match(mapping!, /^127\.0\.0\.1:/)
  })
})
