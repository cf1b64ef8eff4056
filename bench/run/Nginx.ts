import { Effect, Schedule, type Scope } from "effect"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { attempt, BenchError } from "./BenchError.ts"
import * as Child from "./Child.ts"
import { type Copy, nginxConfig } from "./NginxConfig.ts"
import { freePort } from "./Services.ts"
import type { Answer } from "./Answers.ts"

/** Debian puts it where only root's PATH leads. */
const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"]

/** Where nginx is; undefined: it is not installed. */
const command: string | undefined = folders.map((folder) => join(folder, "nginx")).find((file) => existsSync(file))

export const howToInstall =
  "apt-get install nginx-light (or nginx of another system); the bench starts it itself, on a port of its own"

export interface Nginx {
  readonly pid: number
  readonly port: number
  readonly version: string
}

/** Starts nginx with one process that gives these answers, until the scope closes. Undefined: it is not installed. */
export const start = Effect.fnUntraced(function* (
  answers: ReadonlyArray<Answer>
): Effect.fn.Return<Nginx | undefined, BenchError, Scope.Scope> {
  if (command === undefined) return undefined
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "fairground-nginx-"))),
    (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
  )
  const copies = answers.map(({ body, headers, path }, place): Copy => {
    const file = join(folder, `body-${place}`)
    writeFileSync(file, body)
    return { path, file, headers }
  })
  const port = yield* freePort
  const config = join(folder, "nginx.conf")
  writeFileSync(config, nginxConfig(folder, port, copies))
  const child = yield* Child.start(["-p", folder, "-c", config], { command })
  const answered = yield* attempt("nginx", () =>
    fetch(`http://127.0.0.1:${port}/`).then((one) => one.arrayBuffer())
  ).pipe(Effect.retry(Schedule.spaced("50 millis")), Effect.timeoutOption("10 seconds"))
  if (answered._tag === "None" || child.pid === undefined || child.exitCode !== null) {
    return yield* new BenchError({ message: "nginx did not start." })
  }
  const { stderr } = spawnSync(command, ["-v"], { encoding: "utf8" })
  return { pid: child.pid, port, version: stderr.replace("nginx version: ", "").trim() }
})
