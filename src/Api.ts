import { type HttpApi, type HttpApiGroup, OpenApi } from "effect/http-api"
import manifest from "../package.json" with { type: "json" }
import { groups } from "./Groups.ts"
import { contractOf } from "./platform/contract/Contract.ts"
import * as Document from "./platform/contract/OpenApi.ts"
import { problemsOf } from "./platform/contract/ProblemList.ts"

/**
 * The contract of `groups` with the introduction of its document. `about`: sentences on what the service does besides
 * plays.
 */
export const described = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  contract: HttpApi.HttpApi<Id, Groups>,
  about: ReadonlyArray<string> = []
): HttpApi.HttpApi<Id, Groups> =>
  contract
    .annotate(OpenApi.Title, "Fairground")
    .annotate(OpenApi.Version, manifest.version)
    .annotate(OpenApi.Summary, "The open backend for promotional games.")
    .annotate(
      OpenApi.Description,
      `Records the plays of promotional games, each exactly once, and says at once whether the address was known to the brand's email service provider (ESP), whether it had played the game before, and how many plays that makes.${about.map((sentence) => ` ${sentence}`).join("")}

JSON in UTF-8, in and out; names are camelCase, moments ISO 8601 in UTC, ids UUID v7. Answers may gain fields: ignore those you do not know. A request with a field that is not known is refused.

Every failure is a problem of RFC 9457, \`application/problem+json\`: its \`type\` is the path of a page that explains it, and \`/problems\` lists them all. Besides the problems that each operation names, any request may be answered with \`not-found\` (404, no such path), \`method-not-allowed\` (405, with \`Allow\`), \`request-timeout\` (408), \`uri-too-long\` (414), \`headers-too-large\` (431), and, when the service stops before it could answer, \`given-up\` (503).

Every answer carries \`X-Request-Id\`; 429 and 503 carry \`Retry-After\`.`
    )
    .annotate(OpenApi.License, { name: manifest.license, identifier: manifest.license })
    // Relative, because the service can be installed anywhere: the URL resolves against the address of the document.
    .annotate(OpenApi.Servers, [{ url: "/", description: "The service that this document came from." }])
    .annotate(OpenApi.Transform, Document.complete(problemsOf(contract)))

/** The contract of the service with all its modules. Clients load this file, so it imports no server code. */
export class Api extends described(contractOf(...groups)) {}
