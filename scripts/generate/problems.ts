import { Api } from "../../src/Api.ts"
import { problemsOf } from "../../src/platform/contract/ProblemList.ts"

const head = "| Status | Type | Title |\n| --- | --- | --- |\n"

/** `docs/http.md` with an up-to-date table of all problems. */
export const withProblems = (page: string): string => {
  const rows = problemsOf(Api).map(({ name, status, title }) => `| ${status} | \`${name}\` | ${title} |\n`)
  const [before, after, ...more] = page.split(head)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error("docs/http.md has no table of problems, or several")
  }
  return before + head + rows.join("") + after.replace(/^(?:\|.*\n)*/, "")
}
