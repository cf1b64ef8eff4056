import { HttpApi, OpenApi } from "effect/http-api"
import { GamesApi } from "./games/GamesApi.ts"
import { HealthApi } from "./health/HealthApi.ts"
import { ValidationProblems } from "./platform/Problems.ts"
import { PlaysApi } from "./plays/PlaysApi.ts"

/** The contract of the service. Clients load it: it imports no server code. */
export class Api extends HttpApi.make("fairground")
  .add(PlaysApi, GamesApi, HealthApi)
  .middleware(ValidationProblems)
  .annotate(HttpApi.ParseOptions, { errors: "all" })
  // Only what a client sends: in ParseOptions it would also refuse what the service itself answers.
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotate(OpenApi.Title, "Fairground")
  .annotate(OpenApi.Version, "0.1.0")
{}
