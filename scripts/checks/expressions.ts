import * as fs from "node:fs"
import * as path from "node:path"
import { type CallExpression, type NewExpression, parseSync, Visitor } from "oxc-parser"
import { check } from "recheck"
import { type Check, failed, findings, listFiles } from "./Check.ts"

interface Expression {
  /** File and line. */
  readonly at: string
  readonly source: string
  readonly flags: string
}

const read = (root: string, file: string) => {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  const { errors, program } = parseSync(file, text)
  const at = (offset: number): string => `${file}:${text.slice(0, offset).split("\n").length}`
  const expressions: Array<Expression> = []
  const problems = errors.map(({ message }) => `not-read: ${file}: ${message}`)
  const made = (node: CallExpression | NewExpression) => {
    if (node.callee.type === "Identifier" && node.callee.name === "RegExp") {
      problems.push(`expression-made: ${at(node.start)} makes an expression at run time; write it as a literal`)
    }
  }
  new Visitor({
    Literal: (node) => {
      if (!("regex" in node)) return
      expressions.push({ at: at(node.start), source: node.regex.pattern, flags: node.regex.flags })
    },
    NewExpression: made,
    CallExpression: made
  }).visit(program)
  return { expressions, problems }
}

/** The analysis is limited in steps, not in time: on a busy machine, a time limit would fail it. */
const unhurried = { attackTimeout: null, incubationTimeout: null, mutationTimeout: null }

const judge = async ({ at, flags, source }: Expression): Promise<ReadonlyArray<string>> => {
  const judged = await check(source, flags, { ...unhurried, timeout: 60_000 })
  if (judged.status === "safe") return []
  const expression = `${at} /${source}/${flags}`
  return judged.status === "unknown"
    ? [`expression-unknown: ${expression} could not be judged (${judged.error.kind})`]
    : [
        `expression-backtracks: ${expression} takes ${judged.complexity.summary} time, with ${judged.attack.pattern} for one`
      ]
}

/**
 * Every regular expression in the served code takes linear time, whatever the text. One that backtracks would block the event
 * loop, and with it all requests.
 */
export const expressions: Check = {
  name: "expressions",
  fast: false,
  run: async ({ root }) => {
    const files = (await listFiles(root)).filter((file) => /^src\/.*\.ts$/.test(file))
    if (files.length === 0) return failed("There is nothing in src.")
    const found = files.map((file) => read(root, file))
    const lines = found.flatMap(({ problems }) => problems)
    for (const expression of found.flatMap(({ expressions }) => expressions)) lines.push(...(await judge(expression)))
    return findings(lines)
  }
}
