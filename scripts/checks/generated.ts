import process from "node:process"
import { type Check, execute } from "./Check.ts"

/** The files that `npm run generate` writes are up to date with the code. */
export const generated: Check = {
  name: "generated",
  fast: false,
  run: async ({ fix, root }) => {
    const end = await execute(root, process.execPath, ["scripts/generate.ts", ...(fix ? [] : ["--check"])])
    return { ok: end.code === 0, output: (end.stdout + end.stderr).trim() }
  }
}
