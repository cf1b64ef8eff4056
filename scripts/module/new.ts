import * as path from "node:path"
import { apply, generated, recover } from "./apply.ts"
import { namesOf } from "./names.ts"
import { type Options, type Plan, planOf, Refused, templateFiles } from "./plan.ts"
import { faultOfNames, takenBy } from "./taken.ts"

const root = path.join(import.meta.dirname, "..", "..")

const table = (rows: ReadonlyArray<readonly [file: string, what: string]>): string => {
  const width = Math.max(...rows.map(([file]) => file.length))
  return rows.map(([file, what]) => `  ${file.padEnd(width)}  ${what}`).join("\n")
}

const report = ({ creates, edits }: Plan, verbs: readonly [write: string, edit: string]): string =>
  `${verbs[0]}:\n${table(
    creates.map(({ file, text }) => [file, `${text.split("\n").length - 1} lines`] as const)
  )}\n${verbs[1]}:\n${table([
    ...edits.flatMap(({ added, file }) => added.map((line) => [file, `+ ${line.trim()}`] as const)),
    ...generated.map((file) => [file, "by `npm run generate`"] as const)
  ])}`

/**
 * Creates a module from the templates: its folders in src/ and test/, a migration, its line in src/Modules.ts, and the files that
 * `npm run generate` writes. If anything fails, all changes are undone. Returns a report to print.
 */
export const newModule = async (
  {
    dryRun,
    name,
    plural,
    ...options
  }: Options & {
    readonly name: string
    readonly plural: string | undefined
    readonly dryRun: boolean
  },
  signal: AbortSignal
): Promise<string> => {
  const names = namesOf(name, plural)
  const fault = faultOfNames(names)
  if (fault !== undefined) throw new Refused(fault)
  recover(root)
  const taken = takenBy(
    root,
    names,
    templateFiles().map(({ text }) => text),
    options
  )
  if (taken !== undefined) throw new Refused(`"${name}" cannot be used: ${taken}`)
  const plan = await planOf(root, names, options)
  if (dryRun) return `${report(plan, ["Would write", "Would change"])}\nNothing was written.`
  await apply(root, plan, signal)
  const { many } = names
  return `${report(plan, ["Wrote", "Changed"])}

The service now has /api/v1/${many.kebab}. docs/adding-a-module.md describes the next steps.
  npm run check
  npm test -- test/${many.kebab}

To undo it: delete the new files and the lines in src/Modules.ts and migrations/checksums.json, then run \`npm run generate\`.`
}
