import { STATUS_CODES } from "node:http"
import { type ProblemName, problems } from "../Problems.ts"
import { escape, page, prose } from "./Html.ts"

const entries = Object.entries(problems) as ReadonlyArray<[ProblemName, (typeof problems)[ProblemName]]>

const status = (code: number) => `${code} ${STATUS_CODES[code] ?? ""}`

/** The list of all problems. */
export const index = (): string =>
  page({
    title: "Problems · Fairground",
    description: "Every problem that the service answers with.",
    body: `<h1>Problems</h1>
<p class="lead">Every failure is answered as <code>application/problem+json</code> (RFC 9457). Its <code>type</code> leads to one of these pages.</p>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Problem</th></tr></thead>
<tbody>
${entries
  .map(
    ([name, problem]) =>
      `<tr><td>${problem.status}</td><td><a href="/problems/${name}">${escape(problem.title)}</a><br><code>${name}</code></td></tr>`
  )
  .join("\n")}
</tbody>
</table>
<p class="back"><a href="/">Fairground</a> · <a href="/docs">API reference</a></p>`
  })

/** One page a problem. */
export const one = (name: ProblemName): string => {
  const problem = problems[name]
  return page({
    title: `${problem.title} · Fairground`,
    description: problem.title,
    body: `<h1>${escape(problem.title)}</h1>
<p class="lead">${prose(problem.explanation)}</p>
<dl>
<dt>Type</dt><dd><code>/problems/${name}</code></dd>
<dt>Status</dt><dd>${escape(status(problem.status))}</dd>
</dl>
<p class="back"><a href="/problems">All problems</a> · <a href="/docs">API reference</a></p>`
  })
}

export const names = entries.map(([name]) => name)
