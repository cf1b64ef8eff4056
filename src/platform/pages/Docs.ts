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
  defaultOpenAllTags: true,
  // Of the two schemes, the one that a person can fill in: a session is the browser's own affair.
  authentication: { preferredSecurityScheme: "apiKey" }
} as const

/**
 * Scalar sends `Authorization: Bearer` even if its field for the key is empty. A bad credential is refused everywhere, so that would
 * lock out visitors, and people who have a session in this browser.
 */
const withoutEmptyKey = `onBeforeRequest: ({ request }) => {
          if (/^Bearer *$/i.test(request.headers.get("authorization") ?? "")) request.headers.delete("authorization")
        }`

const container = "document.getElementById('api-reference-container'), {"

/** Undefined: the page is not as it was when this was written. */
const complete = (html: string): string | undefined =>
  html.includes(container)
    ? html
        .replace("<html>", `<html lang="en">`)
        .replace("</head>", `${icon.source}</head>`)
        // What is given to the framework is written as JSON, which has no functions.
        .replace(container, () => `${container}\n        ${withoutEmptyKey},`)
    : undefined

/** Scalar's page, served with a policy that lets it reach this service only. */
const served = HttpRouter.middleware(
  Effect.sync(() => {
    let serve: Page.Page | undefined
    return (next) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
        serve !== undefined
          ? serve(request)
          : Effect.flatMap(next, (response: HttpServerResponse.HttpServerResponse) => {
              const html = response.body._tag === "Uint8Array" ? complete(response.body.text ?? "") : undefined
              if (html === undefined)
                return Effect.die(new Error("HttpApiScalar no longer answers with the page it did"))
              serve = Page.html(html, "any")
              return serve(request)
            })
      )
  })
)

/** The API reference at `/docs`, in one page of 3 MB (1 MB compressed), so that it works offline. */
export const layer = <Id extends string, Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<Id, Groups>) =>
  HttpApiScalar.layer(api, { path: "/docs", scalar }).pipe(Layer.provide(served.layer))
