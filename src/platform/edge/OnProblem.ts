import { Context } from "effect"
import type { HttpServerResponse } from "effect/http"

/**
 * Is told of each request that is answered with a problem: its method, its path without the query, and the problem's name. It is called
 * on the way of the answer, so it must be quick and must not throw. Undefined: nobody wants to know.
 */
export const OnProblem = Context.Reference<((method: string, path: string, problem: string) => void) | undefined>(
  "fairground/platform/edge/OnProblem",
  { defaultValue: () => undefined }
)

/** The name of the problem in an answer; undefined: it is none of the service's. */
export const problemIn = ({ body }: HttpServerResponse.HttpServerResponse): string | undefined => {
  if (body._tag !== "Uint8Array") return undefined
  const text = body.text ?? new TextDecoder().decode(body.body)
  return /"type":\s*"\/problems\/([a-z0-9-]+)"/.exec(text)?.[1]
}
