import { howToInstall } from "./Nginx.ts"
import type * as Serving from "./Serving.ts"
import type { Summary } from "./Statistics.ts"
import { table, times, whole } from "./Table.ts"

const aim = 1 / 3

const what = ({ encoding, path, status }: Serving.Request) =>
  status === 304 ? `\`${path}\`, known: 304` : `\`${path}\`, ${encoding}`

const microseconds = ({ service }: Summary) => whole(service * 1000)

const rowOf = (row: Serving.Row) => {
  const { bytes, nginx, own, perSecond, perThread } = row
  return [
    what(row),
    whole(bytes),
    whole(own.perSecond),
    microseconds(own),
    ...(nginx === undefined
      ? []
      : [
          whole(nginx.perSecond),
          microseconds(nginx),
          times(perSecond),
          times(perThread),
          perThread >= aim ? "met" : "missed"
        ])
  ]
}

/** The text about serving in WEB.md. */
export const servingPage = ({ rows, version }: Serving.Result, plan: Serving.Plan): string => {
  const beside =
    version === undefined
      ? `nginx was not installed, so there is no comparison: ${howToInstall}.`
      : `Beside it ${version} with one process serves the same bytes with the same headers from files, compressed as the service sends them; its files stay
open, and it logs nothing. The service also counts each request, and gives it an id. Service, load and database share the machine, and the load is
a process of one thread too: where it is the narrower one, requests a second flatter the slower server. So the aim, at least a third of nginx on one thread,
is judged by the CPU time of a request: the last ratio is that of the requests that a thread would answer if it did nothing else.`
  return `## Serving

The same request again and again on ${plan.connections} connections, ${plan.rounds} rounds of ${plan.measureMs / 1000} s after ${plan.warmUpMs / 1000} s of warm-up, in turns. Figures are medians.
${beside}

${table(
  [
    "Request",
    "bytes",
    "requests/s",
    "CPU µs",
    ...(version === undefined ? [] : ["nginx: requests/s", "CPU µs", "× nginx", "× nginx, by CPU", "aim"])
  ],
  rows.map(rowOf)
)}
`
}
