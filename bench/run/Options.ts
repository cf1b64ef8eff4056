/** The scenarios, named as in `--only`. */
export const scenarios = ["closed", "open", "growth"] as const
export type Scenario = (typeof scenarios)[number]

export interface Options {
  readonly only: Scenario | undefined
  readonly size: "quick" | "default" | "full"
  /** What is measured. The others replace the plays' scenarios and write pages of their own. */
  readonly subject: "plays" | "esp" | "tasks" | "accounts" | "statistics" | "web" | "beside"
  /** Another checkout, to compare this one with. */
  readonly folder: string
}

export const help = `npm run bench [-- options]

Measures Fairground beside services that do the same work the ordinary way, on an embedded PostgreSQL, and writes
bench/RESULTS.md. About eight minutes.

  --full           growth to 5 million players and memory over a million plays too: about 15 minutes
  --quick          a smoke run in under a minute; its figures mean nothing and are not written
  --esp            plays beside an ESP that is healthy, hangs and refuses, and a backlog of contacts: bench/ESP.md, six minutes
  --tasks          background tasks beside pg-boss: bench/TASKS.md, 4 minutes
  --accounts       requests with a key and a session beside the same without and beside Fastify with its plug-ins, and plays in a
                   storm of sign-ins: bench/ACCOUNTS.md, five minutes
  --statistics     plays with and without the module statistics, and reading a year of it: bench/STATISTICS.md, eleven minutes
  --web            sizes, LCP, CLS and INP of the pages, requests for them beside nginx, and 2,000 people who follow live events while
                   plays are recorded: bench/WEB.md, ten minutes
  --beside <folder>
                   plays beside the service of another checkout with its packages installed, printed, nine minutes
  --only <name>    one scenario (${scenarios.join(", ")}), not written
  --help           this text
`

const isScenario = (text: string | undefined): text is Scenario => scenarios.some((name) => name === text)

/** Undefined if the arguments are invalid or ask for help. */
export const parse = (args: ReadonlyArray<string>): Options | undefined => {
  let options: Options = { only: undefined, size: "default", subject: "plays", folder: "" }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]
    if (arg === "--full") options = { ...options, size: "full" }
    else if (arg === "--quick") options = { ...options, size: "quick" }
    else if (arg === "--esp") options = { ...options, subject: "esp" }
    else if (arg === "--tasks") options = { ...options, subject: "tasks" }
    else if (arg === "--accounts") options = { ...options, subject: "accounts" }
    else if (arg === "--statistics") options = { ...options, subject: "statistics" }
    else if (arg === "--web") options = { ...options, subject: "web" }
    else if (arg === "--beside") {
      const folder = args[++at]
      if (folder === undefined) return undefined
      options = { ...options, subject: "beside", folder }
    } else if (arg === "--only") {
      const name = args[++at]
      if (!isScenario(name)) return undefined
      options = { ...options, only: name }
    } else return undefined
  }
  return options
}
