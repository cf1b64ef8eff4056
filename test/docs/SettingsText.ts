import { definitions } from "../../src/Settings.ts"
import type { Setting } from "../../src/platform/settings/Setting.ts"

export const settings = definitions

const kinds: ReadonlyArray<readonly [RegExp, (...matched: ReadonlyArray<string>) => string]> = [
  [/^a whole number from (\d+) to (\d+)$/, (_, min, max) => `${min} to ${max}`],
  [/^a number from (\S+) to (\S+)$/, (_, min, max) => `number, ${min} to ${max}`],
  [/^a length of time /, () => "time"],
  [/^a size /, () => "size"],
  [/^text$/, () => "text"],
  [/^`off`, or a number per time /, () => "rate"],
  [/^`off`, or a length of time /, () => "time, `off`"],
  [/^a comma-separated list of (origins|addresses and networks) /, (_, what) => `list of ${what}`],
  [
    /^one of (.*)$/,
    (_, words) =>
      words
        .split(", ")
        .map((word) => `\`${word}\``)
        .join(" ")
  ],
  [/^a URL that begins with (.*)$/, (_, protocols) => `URL, ${protocols}`]
]

/** What a setting may be, in as few words as a table has room for. */
const kindOf = ({ allowed, name }: Setting<unknown>): string => {
  for (const [pattern, write] of kinds) {
    const match = pattern.exec(allowed)
    if (match !== null) return write(...match)
  }
  throw new Error(`${name} is of a kind that the README has no word for: ${allowed}`)
}

/** The setting's row in the README. */
export const rowOf = (setting: Setting<unknown>): string =>
  `| \`${setting.name}\` | ${setting.default === "" ? "" : `\`${setting.default}\``} | ${kindOf(setting)} | ${setting.description} |`

/** The setting's lines in `.env.example`: a shell and Docker Compose both read them. */
export const linesOf = (setting: Setting<unknown>): string => {
  const value = /[^\w./:-]/.test(setting.default) ? `"${setting.default}"` : setting.default
  const allowed = setting.allowed === "text" ? "" : `# It must be ${setting.allowed}.\n`
  return `# ${setting.description}\n${allowed}#${setting.name}=${value}`
}
