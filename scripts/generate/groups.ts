import * as fs from "node:fs"
import * as path from "node:path"
import { modules } from "../../src/Modules.ts"

/** The files of a module that hold a part of the contract; those in the module's own folder come first. */
const filesOf = (root: string, module: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, "src", module), { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll(path.sep, "/"))
    .filter((file) => /^(.*\/)?[A-Z]\w*Api\.ts$/.test(file) && !file.includes("node_modules/"))
    .toSorted((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1))

/**
 * `src/Groups.ts`: the groups of the modules in `Modules.ts`, for code that loads the contract without server code. A file
 * `XApi.ts` of a module exports the group `XApi`.
 */
export const groups = (root: string): string => {
  const all = modules.flatMap(({ name }) =>
    filesOf(root, name).map((file) => ({ file: `./${name}/${file}`, name: path.basename(file, ".ts") }))
  )
  const list = `export const groups = [${all.map(({ name }) => name).join(", ")}] as const`
  const imports = all.toSorted((a, b) => (a.file < b.file ? -1 : 1))
  return `${imports.map(({ file, name }) => `import { ${name} } from "${file}"`).join("\n")}

/** Written by \`npm run generate\`: the endpoints of every module, in the order of \`Modules.ts\`. */
${list.length <= 120 ? list : `export const groups = [\n${all.map(({ name }) => `  ${name}`).join(",\n")}\n] as const`}
`
}
