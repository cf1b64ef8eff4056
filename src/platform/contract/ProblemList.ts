import { HttpApi, type HttpApiGroup } from "effect/http-api"
import { factsOf, type ProblemFacts } from "./Problem.ts"
import { type ProblemName, problems } from "./Problems.ts"

const commonFacts = (Object.keys(problems) as ReadonlyArray<ProblemName>).map((name): ProblemFacts => ({
  name,
  ...problems[name]
}))

/**
 * Every problem that a service with this contract may answer with, each once, sorted by status: those that any request
 * may get, and those that the operations declare. Clients load this file, so it imports no server code.
 */
export const problemsOf = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>
): ReadonlyArray<ProblemFacts> => {
  const found = new Map(commonFacts.map((facts) => [facts.name, facts]))
  HttpApi.reflect(api, {
    onGroup: () => undefined,
    onEndpoint: ({ errors }) => {
      for (const schema of [...errors.values()].flat()) {
        const facts = factsOf(schema)
        if (facts !== undefined) found.set(facts.name, facts)
      }
    }
  })
  return [...found.values()].toSorted((a, b) => a.status - b.status)
}
