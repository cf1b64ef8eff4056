import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { type HttpApi, type HttpApiGroup, HttpApiScalar } from "effect/http-api"
import { icon } from "./Html.ts"
import * as Page from "./Page.ts"

/** Keeps Scalar from contacting other services for fonts, a request proxy, telemetry or suggestions. */
const scalar = {
  withDefaultFonts: false,
  proxyUrl: "",
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: "never",
  hideClientButton: true,
  defaultOpenAllTags: true
} as const

const complete = (html: string): string =>
  html.replace("<html>", `<html lang="en">`).replace("</head>", `${icon}</head>`)

/** Scalar's page, served with a policy that lets it reach this service only. */
const served = HttpRouter.middleware(
  Effect.sync(() => {
    let serve: Page.Page | undefined
    return (next) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
        serve !== undefined
          ? serve(request)
          : Effect.flatMap(next, (response: HttpServerResponse.HttpServerResponse) => {
              const html = response.body._tag === "Uint8Array" ? response.body.text : undefined
              if (html === undefined) return Effect.die(new Error("HttpApiScalar no longer answers with text"))
              serve = Page.html(complete(html), "any")
              return serve(request)
            })
      )
  })
)

/** The API reference at `/docs`, in one page of 3 MB (1 MB compressed), so that it works offline. */
export const layer = <Id extends string, Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<Id, Groups>) =>
  HttpApiScalar.layer(api, { path: "/docs", scalar }).pipe(Layer.provide(served.layer))
