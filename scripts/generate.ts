/**
 * Writes the files that are derived from the code and committed so that people can read them:
 *
 *     npm run generate             the parts of the contract, the settings, the problems, the API's description, and the checksums
 *                                  of migrations that have none
 *     npm run generate -- --check  fails if a file is out of date, and changes nothing
 */
import { OpenApi } from "effect/http-api"
import * as fs from "node:fs"
import * as path from "node:path"
import process from "node:process"
import { checksums } from "./generate/checksums.ts"
import { groups } from "./generate/groups.ts"

const root = path.join(import.meta.dirname, "..")

const readOr = (file: string): string | undefined => {
  try {
    return fs.readFileSync(path.join(root, file), "utf8")
  } catch {
    return undefined
  }
}

const isCheck = process.argv.includes("--check")
const differing: Array<string> = []

const write = (file: string, text: string): void => {
  if (readOr(file) === text) return
  differing.push(file)
  if (!isCheck) fs.writeFileSync(path.join(root, file), text)
}

// First, because the code loaded below builds the contract from this file.
write("src/Groups.ts", groups(root))
write("migrations/checksums.json", checksums(root))
const { example, page } = await import("./generate/settings.ts")
write("docs/settings.md", page())
write(".env.example", example())
const { withProblems } = await import("./generate/problems.ts")
write("docs/http.md", withProblems(readOr("docs/http.md") ?? ""))
const { apiOf } = await import("../src/Http.ts")
const { modules } = await import("../src/Modules.ts")
write("docs/openapi.json", `${JSON.stringify(OpenApi.fromApi(apiOf(modules)), null, 2)}\n`)

if (differing.length > 0) {
  process.stdout.write(
    isCheck
      ? `Not what the code says: ${differing.join(", ")}. \`npm run generate\` writes them.\n`
      : `${differing.map((file) => `Wrote ${file}.`).join("\n")}\n`
  )
}
if (isCheck && differing.length > 0) process.exitCode = 1
