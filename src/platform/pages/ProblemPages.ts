import { STATUS_CODES } from "node:http"
import type { ProblemFacts } from "../contract/Problem.ts"
import { page, prose } from "./Html.ts"
import { html } from "./Markup.ts"

/** The list of all problems. */
export const index = (problems: ReadonlyArray<ProblemFacts>): string =>
  page({
    title: "Problems · Fairground",
    description: "Every problem that the service answers with.",
    body: html`<h1>Problems</h1>
      <p class="lead">
        Every failure is answered as <code>application/problem+json</code> (RFC 9457). Its <code>type</code> leads to
        one of these pages.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Problem</th>
          </tr>
        </thead>
        <tbody>
          ${problems.map(
            ({ name, status, title }) =>
              html`<tr>
                <td>${status}</td>
                <td><a href="/problems/${name}">${title}</a><br /><code>${name}</code></td>
              </tr>`
          )}
        </tbody>
      </table>
      <p class="back"><a href="/">Fairground</a> · <a href="/docs">API reference</a></p>`
  })

/** The page of one problem. */
export const one = ({ explanation, name, status, title }: ProblemFacts): string =>
  page({
    title: `${title} · Fairground`,
    description: title,
    body: html`<h1>${title}</h1>
      <p class="lead">${prose(explanation)}</p>
      <dl>
        <dt>Type</dt>
        <dd><code>/problems/${name}</code></dd>
        <dt>Status</dt>
        <dd>${status} ${STATUS_CODES[status]}</dd>
      </dl>
      <p class="back"><a href="/problems">All problems</a> · <a href="/docs">API reference</a></p>`
  })
