import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { type HttpApi, type HttpApiGroup, OpenApi } from "effect/http-api"
import { ownAddress } from "../edge/OwnAddress.ts"
import { problemResponse } from "../edge/ProblemResponse.ts"
import type { ProblemFacts } from "../contract/Problem.ts"
import { problemsOf } from "../contract/ProblemList.ts"
import { Settings } from "../settings/Settings.ts"
import * as Docs from "./Docs.ts"
import { Home } from "./Home.ts"
import { landing } from "./Landing.ts"
import * as Page from "./Page.ts"
import * as ProblemPages from "./ProblemPages.ts"
import { Showcase } from "./Showcase.ts"

const routes = (list: ReadonlyArray<ProblemFacts>) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const { host, port } = yield* Settings
      const index = Page.html(ProblemPages.index(list))
      const problems = new Map<string | undefined, Page.Page>(
        list.map((problem) => [problem.name, Page.html(ProblemPages.one(problem))])
      )
      const hasAdmin = (yield* Home) === "/admin"
      yield* router.add("GET", "/", Page.html(landing(ownAddress(host, port), hasAdmin, yield* Showcase)))
      yield* router.add("GET", "/problems", index)
      yield* router.add("GET", "/problems/:name", (request) =>
        Effect.flatMap(
          HttpRouter.params,
          ({ name }) =>
            problems.get(name)?.(request) ??
            Effect.succeed(problemResponse("not-found", { detail: "No problem has this name." }))
        )
      )
    })
  )

/** The contract as JSON, for programs. */
const openApi = <Id extends string, Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<Id, Groups>) =>
  HttpRouter.add("GET", "/openapi.json", Page.make(JSON.stringify(OpenApi.fromApi(api)), "application/json"))

/**
 * Serves what does not change while the process lives: `/`, `/docs`, `/problems` and `/problems/:name` for people, and
 * `/openapi.json` for programs. None of the pages contacts another service.
 */
export const layer = <Id extends string, Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<Id, Groups>) =>
  Layer.mergeAll(routes(problemsOf(api)), openApi(api), Docs.layer(api))
