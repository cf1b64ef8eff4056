import * as fs from "node:fs"
import * as path from "node:path"
import type { Names } from "./names.ts"

/** The reserved words of PostgreSQL (`pg_get_keywords()`), which are no table names without quotes. */
const sqlWords = new Set(
  "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when where window with".split(
    " "
  )
)

const codeWords = new Set(
  "abstract any async await boolean break case catch class const continue debugger declare default delete do else enum export extends false finally for function if implements import in instanceof interface let namespace never new null number object package private protected public return static string super switch symbol this throw true try type typeof undefined unknown var void while with yield".split(
    " "
  )
)

/** The special values of `MODULES`, and folders of src/. */
const ownWords = new Set(["all", "none", "module", "modules", "platform", "cli", "fairground"])

/** PostgreSQL cuts identifiers at 63 bytes; the longest suffix of a constraint or index has 16. */
const longest = 40

/** What the names of server files end in. The contract loads the model's file, which has the name alone, and none of these. */
const serverFile = /(?:Repo|Http|Jobs|Cli|Module)$/

/** What is wrong with the word, or undefined. */
const faultOfWord = (word: string): string | undefined => {
  if (!/^[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*$/.test(word)) {
    return "a name consists of lower-case letters and digits, with single hyphens between words, and each word begins with a letter, such as loyalty or gift-card"
  }
  if (word.length > longest) return `a name has at most ${longest} characters`
  if (ownWords.has(word)) return "this word has another meaning in Fairground"
  if (codeWords.has(word)) return "this is a reserved word of TypeScript"
  if (sqlWords.has(word.replaceAll("-", "_")) || word.startsWith("pg-")) return "this is a reserved word of PostgreSQL"
  return undefined
}

export const faultOfNames = ({ many, one }: Names): string | undefined => {
  for (const { kebab } of [one, many]) {
    const fault = faultOfWord(kebab)
    if (fault !== undefined) return `"${kebab}" cannot be used: ${fault}.`
  }
  const [role] = serverFile.exec(one.pascal) ?? []
  if (role !== undefined)
    return `"${one.kebab}" cannot be used: files whose names end in ${role} are another part of a module.`
  return one.kebab === many.kebab
    ? `The plural of "${one.kebab}" must differ from it: give one with --plural.`
    : undefined
}

const textsBelow = (folder: string, pattern: RegExp): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => pattern.test(file) && !file.includes("node_modules"))
    .map((file) => fs.readFileSync(path.join(folder, file), "utf8"))

const found = (texts: ReadonlyArray<string>, pattern: RegExp): ReadonlySet<string> =>
  new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = ""]) => name)))

/** The identifiers in the code; comments, strings and SQL are left out. */
const identifiers = (texts: ReadonlyArray<string>): ReadonlySet<string> =>
  found(
    texts.map((text) =>
      text.replaceAll(/\/\*[^]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "")
    ),
    /([A-Za-z_]\w*)/g
  )

interface Document {
  readonly paths: Record<string, unknown>
  readonly tags: ReadonlyArray<{ readonly name: string }>
  readonly components: { readonly schemas: Record<string, unknown> }
}

/** What already uses a name that the module needs, as a sentence; undefined: nothing. */
export const takenBy = (
  root: string,
  { many, one }: Names,
  templates: ReadonlyArray<string>,
  options: { readonly cli: boolean; readonly jobs: boolean }
): string | undefined => {
  const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")
  for (const folder of [`src/${many.kebab}`, `src/${one.kebab}`, `test/${many.kebab}`, `test/${one.kebab}`]) {
    if (fs.existsSync(path.join(root, folder))) return `${folder} exists.`
  }
  const migration = fs
    .readdirSync(path.join(root, "migrations"))
    .find((file) => file.endsWith(`_create_${one.snake}.ts`))
  if (migration !== undefined) return `migrations/${migration} exists.`
  const relations = found(
    textsBelow(path.join(root, "migrations"), /\.ts$/),
    /\bcreate (?:unlogged |unique |materialized )?(?:table|index|view|sequence|type) (?:if not exists )?(\w+)/gi
  )
  if (relations.has(one.snake)) return `The table ${one.snake} exists.`

  const mine = identifiers(templates)
  const word = [one.pascal, many.pascal].find((name) => mine.has(name))
  if (word !== undefined) return `The templates use ${word} for something else.`

  const settings = found([read(".env.example")], /^#?([A-Z][A-Z0-9_]*)=/gm)
  const wanted = [`RATE_LIMIT_${many.upper}`, ...(options.jobs ? [`${one.upper}_RETENTION`] : [])]
  const setting = wanted.find((name) => settings.has(name))
  if (setting !== undefined) return `The setting ${setting} exists.`

  const { components, paths, tags } = JSON.parse(read("docs/openapi.json")) as Document
  const route = Object.keys(paths).find((route) => `${route}/`.startsWith(`/api/v1/${many.kebab}/`))
  if (route !== undefined) return `The path ${route} exists.`
  if (tags.some(({ name }) => name === many.camel)) return `The API has a group ${many.camel}.`
  const shapes = [one.pascal, `New${one.pascal}`, `${one.pascal}Change`, `${one.pascal}Page`]
  const shape = shapes.find((name) => name in components.schemas)
  if (shape !== undefined) return `The API has a schema ${shape}.`
  const problem = [`${one.kebab}-not-found`, `${one.kebab}-name-taken`].find((name) =>
    read("docs/http.md").includes(`\`${name}\``)
  )
  if (problem !== undefined) return `The problem ${problem} exists.`

  const commands = found(textsBelow(path.join(root, "src"), /\.ts$/), /export const \w+ = Command\.make\(\s*"([^"]+)"/g)
  return options.cli && commands.has(one.kebab) ? `The command ${one.kebab} exists.` : undefined
}
