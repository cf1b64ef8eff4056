import { STATUS_CODES } from "node:http"
import type { ProblemFacts } from "../contract/Problem.ts"
import { escape, page, prose } from "./Html.ts"

const status = (code: number) => `${code} ${STATUS_CODES[code] ?? ""}`

/** The list of all problems. */
export const index = (problems: ReadonlyArray<ProblemFacts>): string =>
  page({
    title: "Problems · Fairground",
    description: "Every problem that the service answers with.",
    body: `<h1>Problems</h1>
<p class="lead">Every failure is answered as <code>application/problem+json</code> (RFC 9457). Its <code>type</code> leads to one of these pages.</p>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Problem</th></tr></thead>
<tbody>
${problems
  .map(
    ({ name, status, title }) =>
      `<tr><td>${status}</td><td><a href="/problems/${name}">${escape(title)}</a><br><code>${name}</code></td></tr>`
  )
  .join("\n")}
</tbody>
</table>
<p class="back"><a href="/">Fairground</a> · <a href="/docs">API reference</a></p>`
  })

/** The page of one problem. */
export const one = (problem: ProblemFacts): string =>
  page({
    title: `${problem.title} · Fairground`,
    description: problem.title,
    body: `<h1>${escape(problem.title)}</h1>
<p class="lead">${prose(problem.explanation)}</p>
<dl>
<dt>Type</dt><dd><code>/problems/${problem.name}</code></dd>
<dt>Status</dt><dd>${escape(status(problem.status))}</dd>
</dl>
<p class="back"><a href="/problems">All problems</a> · <a href="/docs">API reference</a></p>`
  })
