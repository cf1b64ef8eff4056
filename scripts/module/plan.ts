import * as fs from "node:fs"
import * as path from "node:path"
import { type FormatConfig, format } from "oxfmt"
import { fill, type Names, unfilled } from "./names.ts"

export interface Options {
  readonly jobs: boolean
  readonly cli: boolean
  readonly core: boolean
}

interface File {
  /** From the root, with forward slashes. */
  readonly file: string
  readonly text: string
}

/** All changes, computed before the first of them is made. */
export interface Plan {
  readonly creates: ReadonlyArray<File>
  /** Existing files with their new text, and the lines that are added. */
  readonly edits: ReadonlyArray<File & { readonly added: ReadonlyArray<string> }>
}

/** Nothing was changed; the message says why. */
export class Refused extends Error {}

const templates = path.join(import.meta.dirname, "template")

export const templateFiles = (): ReadonlyArray<File> =>
  fs
    .readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted()
    .map((file) => ({
      file: path.relative(templates, file).replaceAll(path.sep, "/"),
      text: fs.readFileSync(file, "utf8")
    }))

const only: Readonly<Record<string, keyof Options>> = { Cli: "cli", Jobs: "jobs" }

/** Some files, and their tests, belong to an option: `SampleItemsCli.ts`, `SampleItemsJobs.ts`. */
const isWanted = (file: string, options: Options): boolean => {
  const option = only[/SampleItems(Cli|Jobs)\b/.exec(file)?.[1] ?? ""]
  return option === undefined || options[option]
}

/**
 * Removes the blocks of options that were not chosen, and the lines that mark a block:
 *
 *     // if --jobs        // if not --core
 *     …                   …
 *     // end if           // end if
 */
const chosen = (text: string, options: Options): string =>
  text.replaceAll(
    /^ *\/\/ if (not )?--(jobs|cli|core)\n([^]*?)^ *\/\/ end if\n/gm,
    (_, not: string | undefined, option: keyof Options, block: string) =>
      options[option] === (not === undefined) ? block : ""
  )

const listed = "src/Modules.ts"
const faces = /^(?:import \{ \w+Module \} from "\.\/[\w-]+\/\w+Module\.ts"\n)+/gm
const list = /^export const modules = \[\n?/gm

/** Adds the module at the top of the list, where it may use the services of all others. */
const withLine = (text: string, { many }: Names): { readonly text: string; readonly added: ReadonlyArray<string> } => {
  const face = `${many.pascal}Module`
  const line = `import { ${face} } from "./${many.kebab}/${face}.ts"`
  const added = [line, `  ${face},`]
  if ([faces, list].some((anchor) => [...text.matchAll(anchor)].length !== 1)) {
    throw new Refused(
      `${listed} has an unexpected format, so the module cannot be added to it. Nothing was written.\n` +
        `Add these lines by hand, the second at the top of the list:\n\n${added.join("\n")}`
    )
  }
  return {
    text: text
      .replace(faces, (block) => `${[...block.trimEnd().split("\n"), line].toSorted(byPath).join("\n")}\n`)
      .replace(list, (head) => `${head.trimEnd()}\n  ${face},\n`),
    added
  }
}

const pathOf = (line: string): string => /from "(.*)"/.exec(line)?.[1] ?? ""
const byPath = (a: string, b: string): number => (pathOf(a) < pathOf(b) ? -1 : 1)

/** `0012` */
const nextNumber = (root: string): string => {
  const numbers = fs.readdirSync(path.join(root, "migrations")).map((file) => Number(/^(\d{4})_/.exec(file)?.[1] ?? 0))
  return String(Math.max(0, ...numbers) + 1).padStart(4, "0")
}

const readStyle = (root: string): FormatConfig => {
  const {
    $schema: _schema,
    ignorePatterns: _ignore,
    ...style
  } = JSON.parse(fs.readFileSync(path.join(root, ".oxfmtrc.json"), "utf8")) as Record<string, unknown>
  return style
}

/** Formats the filled template: where its lines break depends on the length of the name. */
const formatted = async (style: FormatConfig, { file, text }: File): Promise<string> => {
  const { code, errors } = await format(file, text, style)
  if (errors.length > 0)
    throw new Error(`${file} cannot be formatted: ${errors.map(({ message }) => message).join(" ")}`)
  return code
}

export const planOf = async (root: string, names: Names, options: Options): Promise<Plan> => {
  const style = readStyle(root)
  const number = nextNumber(root)
  const creates: Array<File> = []
  for (const { file, text } of templateFiles()) {
    if (unfilled(text)) throw new Error(`${file} contains a form of "sample" that is not filled`)
    if (!isWanted(file, options)) continue
    const filled = {
      file: fill(file, names).replace(/^migrations\/0000/, `migrations/${number}`),
      text: fill(chosen(text, options), names)
    }
    creates.push({ file: filled.file, text: await formatted(style, filled) })
  }
  const { added, text } = withLine(fs.readFileSync(path.join(root, listed), "utf8"), names)
  return { creates, edits: [{ file: listed, text: await formatted(style, { file: listed, text }), added }] }
}
