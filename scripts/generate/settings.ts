import type { Setting } from "../../src/platform/settings/Setting.ts"
import { settings } from "../../src/Settings.ts"

const kinds: ReadonlyArray<readonly [RegExp, (...matched: ReadonlyArray<string>) => string]> = [
  [/^a whole number from (\d+) to (\d+)$/, (_, min, max) => `${min} to ${max}`],
  [/^a number from (\S+) to (\S+)$/, (_, min, max) => `number, ${min} to ${max}`],
  [/^a length of time /, () => "time"],
  [/^a size /, () => "size"],
  [/^text$/, () => "text"],
  [/^`off`, or a number per time /, () => "rate"],
  [/^`off`, or a whole number from (\d+) to (\d+)$/, (_, min, max) => `${min} to ${max}, \`off\``],
  [/^`off`, or a length of time /, () => "time, `off`"],
  [/^`all`, `none`, or a comma-separated list of: /, () => "`all`, `none`, list of names"],
  [/^a comma-separated list of (origins|domains|addresses and networks) /, (_, what) => `list of ${what}`],
  [
    /^one of (.*)$/,
    (_, words) =>
      words
        .split(", ")
        .map((word) => `\`${word}\``)
        .join(" ")
  ],
  [/^one key or several/, () => "list of keys"],
  [/^a secret of at least (\d+) bytes, /, (_, bytes) => `secret of ${bytes} bytes, or URL`],
  [/^a URL that begins with (.*)$/, (_, protocols) => `URL, ${protocols}`]
]

/** The allowed values of a setting, short enough for a table. */
const kindOf = ({ allowed, name }: Setting<unknown>): string => {
  for (const [pattern, write] of kinds) {
    const match = pattern.exec(allowed)
    if (match !== null) return write(...match)
  }
  throw new Error(`${name} is of a kind that the table has no word for: ${allowed}`)
}

const rowOf = (setting: Setting<unknown>): string =>
  `| \`${setting.name}\` | ${setting.default === "" ? "" : `\`${setting.default}\``} | ${kindOf(setting)} | ${setting.description} |`

/** The lines for one setting, which both a shell and Docker Compose can read. */
const linesOf = (setting: Setting<unknown>): string => {
  const value = /[^\w./:-]/.test(setting.default) ? `"${setting.default}"` : setting.default
  const allowed = setting.allowed === "text" ? "" : `# It must be ${setting.allowed}.\n`
  return `# ${setting.description}\n${allowed}#${setting.name}=${value}\n`
}

const used = settings.filter(({ settings }) => settings.length > 0)

/** `docs/settings.md` */
export const page = (): string =>
  `# Settings

From the environment, and from a file \`.env\` for the npm commands and Docker Compose: [.env.example](../.env.example) has them all. A
wrong one stops the start with its name, its value (unless it is a secret) and what is allowed; all that are wrong are named at once.
What a module that is off (\`MODULES\`) could be told is not read.

A time is a number and a unit, such as \`1500 millis\`, \`20 seconds\` or \`7 days\`; a rate is a number per time, such as \`300/1m\`, or \`off\`.

${used
  .map(
    ({ module, settings }) => `## ${module === null ? "Of the service" : `Of the module ${module}`}

| Setting | Default | Value | Meaning |
| --- | --- | --- | --- |
${settings.map(rowOf).join("\n")}
`
  )
  .join("\n")}`

/** `.env.example` */
export const example = (): string =>
  `# Settings come from the environment. As \`.env\`, this file is read by \`npm start\` and the other npm commands, and by Docker Compose.
# Each setting stands here with its default: remove the # before a line and change what follows the =.

# Compose only: the password of its PostgreSQL. Letters and digits, as it becomes part of a URL.
POSTGRES_PASSWORD=

${used
  .map(
    ({ module, settings }) =>
      `${module === null ? "" : `# ---- Of the module ${module} ----\n\n`}${settings.map(linesOf).join("\n")}`
  )
  .join("\n")}`
