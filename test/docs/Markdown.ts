import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

export const root = join(import.meta.dirname, "..", "..")

export const read = (path: string): string => readFileSync(join(root, path), "utf8")

/** The Markdown files that a reader is led to, as paths from the root. */
export const pages: ReadonlyArray<string> = [".", "docs"].flatMap((directory) =>
  readdirSync(join(root, directory))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(directory, name))
)

/** The code blocks of a language, in their order. */
export const blocks = (text: string, language: string): ReadonlyArray<string> =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, of, code]) => (of === language ? [code!] : []))

/** What stands below a heading, up to the next one of the same level or above. */
export const section = (text: string, heading: string): string => {
  const lines = text.split("\n")
  const start = lines.indexOf(heading)
  if (start === -1) throw new Error(`There is no heading "${heading}"`)
  const level = heading.indexOf(" ")
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(" ") <= level)
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join("\n")
}

/** The rows of the first table in a text, without its head, as cells. */
export const rows = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const lines = text.split("\n")
  const rule = lines.findIndex((line) => /^\|( --- \|)+$/.test(line))
  if (rule === -1) throw new Error("There is no table")
  const end = lines.slice(rule).findIndex((line) => !line.startsWith("|"))
  return lines.slice(rule + 1, end === -1 ? undefined : rule + end).map((line) =>
    line
      .slice(2, -2)
      .split(" | ")
      .map((cell) => cell.trim())
  )
}

/** The address of a heading on its page, as GitHub makes it. */
export const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-")
