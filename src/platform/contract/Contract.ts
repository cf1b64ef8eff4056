import { HttpApi, type HttpApiGroup } from "effect/http-api"
import { ValidationProblems } from "./Problems.ts"

/**
 * A contract of these groups with the rules that hold for every operation: a request that does not fit is answered with
 * a problem, and a request with unknown members does not fit. A module builds its handlers for a contract of its own
 * groups; the service finds them by the name of the group. Clients load this file, so it imports no server code.
 */
export const contractOf = <const Groups extends readonly [HttpApiGroup.Constraint, ...Array<HttpApiGroup.Constraint>]>(
  ...groups: Groups
) =>
  HttpApi.make("fairground")
    .add(...groups)
    .middleware(ValidationProblems)
    // Only for what clients send. As ParseOptions, the rule would also apply to the service's own answers: it would
    // reject some and slow down all.
    .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
