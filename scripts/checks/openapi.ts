import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { type Check, execute, failed, runTool } from "./Check.ts"

/** Lints the served document with two linters. redocly.yaml and .spectral.yaml hold the rules. */
export const openapi: Check = {
  name: "openapi",
  fast: false,
  run: async ({ root }) => {
    const printed = await execute(root, process.execPath, ["src/main.ts", "openapi"])
    if (printed.code !== 0) return failed(`node src/main.ts openapi ended with ${printed.code}\n${printed.stderr}`)
    const operations = Object.keys((JSON.parse(printed.stdout) as { paths?: object }).paths ?? {}).length
    if (operations === 0) return failed("The document has no paths.")

    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fairground-openapi-"))
    const file = path.join(folder, "openapi.json")
    try {
      fs.writeFileSync(file, printed.stdout)
      const outcomes = await Promise.all([
        runTool(root, {
          package: "@redocly/cli",
          command: "redocly",
          args: ["lint", "--config", "redocly.yaml", "--format", "stylish", file]
        }),
        runTool(root, {
          package: "@stoplight/spectral-cli",
          command: "spectral",
          args: ["lint", "--ruleset", ".spectral.yaml", "--fail-severity", "warn", "--quiet", file]
        })
      ])
      return {
        ok: outcomes.every(({ ok }) => ok),
        output: outcomes.flatMap(({ ok, output }) => (ok ? [] : [output])).join("\n\n")
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
}
