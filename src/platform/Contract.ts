import { HttpApi, type HttpApiGroup } from "effect/http-api"
import { ValidationProblems } from "./Problems.ts"

/**
 * A contract of these groups, with what holds for every operation: a request that does not fit is a problem, and one that holds
 * what is not known does not fit. A module makes its handlers for a contract of its own groups; the service finds them by the
 * group's name. Loaded by clients: no server import here.
 */
export const contractOf = <const Groups extends readonly [HttpApiGroup.Constraint, ...Array<HttpApiGroup.Constraint>]>(
  ...groups: Groups
) =>
  HttpApi.make("fairground")
    .add(...groups)
    .middleware(ValidationProblems)
    // Only what a client sends: in ParseOptions it would also refuse what the service itself answers, and slow it down.
    .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
