import * as fs from "node:fs"
import * as path from "node:path"
import { type Check, execTool, failed, findings, listFiles, type Outcome, passed, runTool } from "./Check.ts"

const isCode = (file: string): boolean => /\.(ts|tsx|mts|mjs|cjs|js)$/.test(file)
const isFormatted = (file: string): boolean => /\.(ts|tsx|mts|mjs|cjs|js|json|jsonc|yml|yaml)$/.test(file)

/** The projects: what runs on Node, and what runs in browsers. A root without pages, as in tests, has one. */
const projectsIn = (root: string): ReadonlyArray<string> =>
  ["tsconfig.json", "src/web/tsconfig.json", "test/web/game/tsconfig.json"].filter((project) =>
    fs.existsSync(path.join(root, project))
  )

/** Runs one after the other, because each takes all cores. */
const inProjects = async (root: string, run: (project: string) => Promise<Outcome>): Promise<Outcome> => {
  const outcomes: Array<Outcome> = []
  for (const project of projectsIn(root)) outcomes.push(await run(project))
  return {
    ok: outcomes.every(({ ok }) => ok),
    output: outcomes.flatMap(({ ok, output }) => (ok ? [] : [output])).join("\n")
  }
}

/** TypeScript itself. */
export const types: Check = {
  name: "types",
  fast: true,
  run: async ({ root, staged }) =>
    staged !== undefined && !staged.some((file) => /\.tsx?$|tsconfig\.json$/.test(file))
      ? passed
      : inProjects(root, (project) =>
          runTool(root, { package: "typescript", command: "tsc", args: ["--project", project, "--pretty", "false"] })
        )
}

/**
 * Finds mistakes with Effect that TypeScript cannot see: a floating Effect, a service that is not provided, a wrong `yield`.
 */
export const effect: Check = {
  name: "effect",
  fast: false,
  run: ({ root }) =>
    inProjects(root, async (project) => {
      const end = await execTool(root, {
        package: "@effect/tsgo",
        command: "effect-tsgo",
        args: ["diagnostics", "--project", project, "--strict", "--format", "text"]
      })
      const output = (end.stdout + end.stderr).trim()
      const checked = /Checked (\d+) files? out of (\d+)/.exec(output)
      if (checked === null || checked[1] === "0" || checked[1] !== checked[2]) {
        return failed(`Not every file was looked at.\n${output}`)
      }
      return { ok: end.code === 0, output }
    })
}

/** oxlint with the rules that need types; .oxlintrc.json lists them. */
export const lint: Check = {
  name: "lint",
  fast: true,
  run: async ({ fix, root, staged }) => {
    const files = staged?.filter(isCode)
    if (files?.length === 0) return passed
    return runTool(root, {
      package: "oxlint",
      command: "oxlint",
      args: [
        "--type-aware",
        "--deny-warnings",
        "--report-unused-disable-directives-severity=error",
        ...(fix ? ["--fix"] : []),
        ...(files ?? [])
      ]
    })
  }
}

/** oxfmt; .oxfmtrc.json has its settings. */
export const format: Check = {
  name: "format",
  fast: true,
  run: async ({ fix, root, staged }) => {
    const files = (staged ?? (await listFiles(root))).filter(
      (file) => isFormatted(file) && path.basename(file) !== "package-lock.json"
    )
    if (files.length === 0) return passed
    return runTool(root, {
      package: "oxfmt",
      command: "oxfmt",
      args: [fix ? "--write" : "--check", "--no-error-on-unmatched-pattern", ...files]
    })
  }
}

/** Files, exports and packages that nothing uses. */
export const unused: Check = {
  name: "unused",
  fast: false,
  run: ({ root }) => runTool(root, { package: "knip", command: "knip", args: ["--no-progress", "--no-config-hints"] })
}

interface Cruised {
  readonly modules: ReadonlyArray<{ readonly source: string }>
  readonly summary: {
    readonly violations: ReadonlyArray<{
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string; readonly severity: string }
      readonly cycle?: ReadonlyArray<{ readonly name: string }>
      readonly via?: ReadonlyArray<{ readonly name: string }>
    }>
  }
}

/** Which file may import which. .dependency-cruiser.mjs lists the borders. */
export const borders: Check = {
  name: "borders",
  fast: false,
  run: async ({ root }) => {
    const folders = ["src", "migrations"]
    const files = (await listFiles(root)).filter((file) => /^(src|migrations)\/.*\.tsx?$/.test(file))
    if (files.length === 0) return failed("There is nothing in src.")
    const end = await execTool(root, {
      package: "dependency-cruiser",
      command: "depcruise",
      args: [
        ...folders.filter((folder) => files.some((file) => file.startsWith(`${folder}/`))),
        "--config",
        ".dependency-cruiser.mjs",
        "--output-type",
        "json"
      ]
    })
    if (!end.stdout.startsWith("{")) return failed(end.stdout + end.stderr)
    const cruised = JSON.parse(end.stdout) as Cruised
    const seen = new Set(cruised.modules.map((module) => module.source))
    return findings([
      // Without a parser that reads this TypeScript version, dependency-cruiser sees no modules and so finds no violations.
      ...files.filter((file) => !seen.has(file)).map((file) => `not-seen: ${file} was not looked at`),
      ...cruised.summary.violations.map(({ cycle, from, rule, to, via }) => {
        const way = (cycle ?? via ?? []).map(({ name }) => name)
        return `${rule.name}: ${from} → ${way.length > 0 ? way.join(" → ") : to}`
      })
    ])
  }
}
