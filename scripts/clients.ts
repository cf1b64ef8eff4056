/**
 * Checks the API's document with popular client generators: `npm run clients`
 *
 * Each generates a client. A program in test/clients is compiled against it under `strict`, and then records a play with
 * `data`, submits a task, lists tasks with a key and is refused, against a running service. The generators and the TypeScript version that they need
 * are installed separately, from the lockfile in test/clients, because no user and no other command needs them.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import { type Ended, execTool, execute } from "./checks/Check.ts"

const root = path.join(import.meta.dirname, "..")

interface Generator {
  readonly package: string
  readonly command: string
  /** The name of the program in test/clients and of the folder that it generates below `generated`. */
  readonly name: string
  readonly args: ReadonlyArray<string>
}

const generators: ReadonlyArray<Generator> = [
  {
    package: "openapi-typescript",
    command: "openapi-typescript",
    name: "openapi-typescript",
    args: ["openapi.json", "--output", "generated/openapi-typescript.ts"]
  },
  {
    package: "@hey-api/openapi-ts",
    command: "openapi-ts",
    name: "hey-api",
    args: ["--input", "openapi.json", "--output", "generated/hey-api", "--no-log-file"]
  },
  {
    package: "swagger-typescript-api",
    command: "swagger-typescript-api",
    name: "swagger-typescript-api",
    args: ["generate", "--path", "openapi.json", "--output", "generated", "--name", "swagger-typescript-api.ts"]
  },
  {
    package: "oazapfts",
    command: "oazapfts",
    name: "oazapfts",
    args: ["openapi.json", "generated/oazapfts.ts"]
  }
]

/** What went wrong, by the name of the generator. */
type Failures = Map<string, string>

const printed = ({ stderr, stdout }: Ended): string => (stdout + stderr).trim()

const install = async (folder: string): Promise<void> => {
  const own = process.env["npm_execpath"]
  // A registry that briefly answers 502 says nothing about the document.
  const args = ["ci", "--ignore-scripts", "--fetch-retries=4", "--loglevel=error", "--no-progress"]
  const end = await (own === undefined
    ? execute(folder, "npm", args)
    : execute(folder, process.execPath, [own, ...args]))
  if (end.code !== 0) throw new Error(`The generators could not be installed:\n${printed(end)}`)
}

const readDocument = async (): Promise<string> => {
  const end = await execute(root, process.execPath, ["src/main.ts", "openapi"])
  if (end.code !== 0) throw new Error(`There is no document:\n${end.stderr}`)
  return end.stdout
}

/** Generates and compiles every client. Returns the failures. */
const build = async (folder: string, document: string): Promise<Failures> => {
  const failures: Failures = new Map()
  fs.writeFileSync(path.join(folder, "openapi.json"), document)
  fs.rmSync(path.join(folder, "generated"), { recursive: true, force: true })
  fs.mkdirSync(path.join(folder, "generated"))
  for (const generator of generators) {
    const end = await execTool(folder, generator)
    if (end.code !== 0) failures.set(generator.name, `It generates nothing:\n${printed(end)}`)
  }
  const compiled = await execTool(folder, {
    package: "typescript",
    command: "tsc",
    args: ["--project", ".", "--pretty", "false"]
  })
  if (compiled.code === 0) return failures
  for (const { name } of generators) {
    const lines = compiled.stdout.split("\n").filter((line) => /^(?:generated\/)?([\w-]+)[./]/.exec(line)?.[1] === name)
    if (lines.length > 0) failures.set(name, failures.get(name) ?? `It does not compile:\n${lines.join("\n")}`)
  }
  if (failures.size === 0) throw new Error(printed(compiled))
  return failures
}

const address = (service: ChildProcess): Promise<string> => {
  const { promise, reject, resolve } = Promise.withResolvers<string>()
  let output = ""
  const read = (chunk: Buffer) => {
    output += chunk.toString()
    const found = /http:\/\/(?:localhost|127\.0\.0\.1):\d+/.exec(output)
    if (found !== null) resolve(found[0])
  }
  service.stdout?.on("data", read)
  service.stderr?.on("data", read)
  service.once("exit", (code) => reject(new Error(`The service ended with ${code}:\n${output}`)))
  return promise
}

/** Makes the first owner, as the one-time link lets whoever has the machine, and a key of theirs. */
const makeKey = async (baseUrl: string, env: NodeJS.ProcessEnv): Promise<string> => {
  const command = async (...args: ReadonlyArray<string>): Promise<string> => {
    const end = await execute(root, process.execPath, ["src/main.ts", "account", ...args], env)
    if (end.code !== 0) throw new Error(`fairground account ${args.join(" ")} ended with ${end.code}:\n${printed(end)}`)
    return end.stdout
  }
  const token = /fgo_\w+/.exec(await command("setup"))?.[0]
  const email = "owner@shop.example"
  const made = await fetch(`${baseUrl}/api/v1/setup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, email, name: "Owner", password: "a horse, a staple and a battery" })
  })
  if (made.status !== 201) throw new Error(`There is no owner: ${await made.text()}`)
  return (JSON.parse(await command("key", "make", email, "--scopes", "tasks:read", "--json")) as { key: string }).key
}

/** Runs the programs against a service with a database of its own. Returns the failures. */
const play = async (folder: string): Promise<Failures> => {
  const failures: Failures = new Map()
  const settings = {
    DATABASE_URL: "",
    REDIS_URL: "",
    DATA_DIR: path.join(folder, "data"),
    HOST: "127.0.0.1",
    PORT: "0"
  }
  const env = { ...process.env, ...settings }
  const service = spawn(process.execPath, ["src/main.ts", "demo"], { cwd: root, env })
  try {
    const baseUrl = await address(service)
    const key = await makeKey(baseUrl, env)
    for (const { name } of generators) {
      const file = pathToFileURL(path.join(folder, "built", `${name}.js`)).href
      try {
        const program = (await import(file)) as {
          readonly use: (baseUrl: string, key: string) => Promise<void>
        }
        await program.use(baseUrl, key)
      } catch (error) {
        failures.set(name, `Its client fails: ${String(error)}`)
      }
    }
  } finally {
    if (service.exitCode === null) {
      const ended = once(service, "exit")
      service.kill("SIGTERM")
      await ended
    }
  }
  return failures
}

/** The document with a `data` that allows no members. If a program still compiles, the check has lost its effect. */
const withFault = (document: string): string => {
  const spec = JSON.parse(document) as {
    components: { schemas: { RecordPlay: { properties: { data: { additionalProperties: boolean } } } } }
  }
  spec.components.schemas.RecordPlay.properties.data.additionalProperties = false
  return JSON.stringify(spec)
}

const check = async (folder: string): Promise<Failures> => {
  fs.cpSync(path.join(root, "test", "clients"), folder, { recursive: true })
  const [document] = await Promise.all([readDocument(), install(folder)])
  const found = await build(folder, withFault(document))
  const blind = generators.filter(({ name }) => !found.has(name))
  if (blind.length > 0) return new Map(blind.map(({ name }) => [name, "Its program does not notice a planted fault."]))
  const failures = await build(folder, document)
  return failures.size > 0 ? failures : play(folder)
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fairground-clients-"))
try {
  const failures = await check(folder)
  for (const { name } of generators) {
    process.stdout.write(`${name.padEnd(24)}${failures.has(name) ? "FAILED" : "ok"}\n`)
  }
  for (const [name, failure] of failures) process.stdout.write(`\n── ${name} ──\n${failure}\n`)
  if (failures.size > 0) process.exitCode = 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
