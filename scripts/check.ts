/**
 * The checks that hold the code together, in one command:
 *
 *     npm run check                       all of them
 *     npm run check -- types lint         these
 *     npm run check -- --fast             format, lint and types, for the staged files
 *     npm run check -- --fix format lint  repair what the tool can repair
 */
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { type Check, execute, failed, type Outcome, type Scope } from "./checks/Check.ts"
import { borders, effect, format, lint, types, unused } from "./checks/code.ts"
import { expressions } from "./checks/expressions.ts"
import { generated } from "./checks/generated.ts"
import { openapi } from "./checks/openapi.ts"
import { repository } from "./checks/repository.ts"

/** The slow ones come first: with few cores, that order finishes soonest. */
export const checks: ReadonlyArray<Check> = [
  openapi,
  types,
  effect,
  expressions,
  generated,
  lint,
  borders,
  unused,
  format,
  repository
]

const stop = (line: string): never => {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { fast: { type: "boolean" }, fix: { type: "boolean" }, root: { type: "string" } }
    })
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error))
  }
}

const chosen = (names: ReadonlyArray<string>, fast: boolean): ReadonlyArray<Check> => {
  const unknown = names.filter((name) => !checks.some((check) => check.name === name))
  if (unknown.length > 0) {
    stop(`There is no check ${unknown.join(", ")}. There are: ${checks.map(({ name }) => name).join(", ")}.`)
  }
  return checks.filter((check) => (names.length === 0 ? !fast || check.fast : names.includes(check.name)))
}

const listStaged = async (root: string): Promise<ReadonlyArray<string>> => {
  const end = await execute(root, "git", ["diff", "--cached", "--name-only", "--diff-filter=ACMR", "-z"])
  return end.stdout.split("\0").filter((file) => file !== "")
}

/** Runs a few checks at a time and prints a row for each as it ends. Returns whether all passed. */
const main = async (): Promise<boolean> => {
  const { positionals, values } = readArguments()
  const root = path.resolve(values.root ?? path.join(import.meta.dirname, ".."))
  const fast = values.fast === true
  const scope: Scope = { root, staged: fast ? await listStaged(root) : undefined, fix: values.fix === true }

  const left = [...chosen(positionals, fast)]
  const started = performance.now()
  const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`
  const failures: Array<readonly [name: string, outcome: Outcome]> = []
  const width = Math.max(...left.map(({ name }) => name.length))
  const count = left.length

  const work = async (): Promise<void> => {
    for (let check = left.shift(); check !== undefined; check = left.shift()) {
      const since = performance.now()
      const outcome = await check.run(scope).catch((error: unknown) => failed(String(error)))
      if (!outcome.ok) failures.push([check.name, outcome])
      const took = seconds(since).padStart(7)
      process.stdout.write(`${check.name.padEnd(width)}  ${outcome.ok ? "ok    " : "FAILED"} ${took}\n`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, Math.max(2, os.availableParallelism())) }, work))

  for (const [name, { output }] of failures) process.stdout.write(`\n── ${name} ──\n${output}\n`)
  process.stdout.write(`\n${count - failures.length} of ${count} checks passed in ${seconds(started)}\n`)
  return failures.length === 0
}

process.exitCode = (await main()) ? 0 : 1
