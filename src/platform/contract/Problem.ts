import type { Schema } from "effect"
import { HttpApiError } from "effect/http-api"

/**
 * What is known about a problem (RFC 9457) before it occurs. Its `type` is `/problems/<name>`, the path of a page that
 * shows the explanation. Clients load this file, so it imports no server code.
 */
export interface ProblemFacts<Name extends string = string, Status extends number = number> {
  /** Lower-case letters, digits and single hyphens. */
  readonly name: Name
  readonly status: Status
  /** Names the problem for people, in a few words. */
  readonly title: string
  /** What the problem means and what to do about it, in more than 40 characters. */
  readonly explanation: string
}

const annotation = "fairground/problem"

/**
 * A typed error that is answered as a problem: `HttpApiError.Problem` with the facts of it, which the list of all problems is
 * collected from.
 *
 * ```ts
 * export class PlayNotFound extends Problem<PlayNotFound>()("PlayNotFound", {
 *   name: "play-not-found",
 *   status: 404,
 *   title: "There is no such play",
 *   explanation: "No play has the id in the path. The answer to a play holds its `id`."
 * }) {}
 * ```
 */
export const Problem =
  <Self = never>() =>
  <
    const Tag extends string,
    const Name extends string,
    const Status extends number,
    const Fields extends HttpApiError.ProblemExtensionFields = {}
  >(
    tag: Tag,
    facts: ProblemFacts<Name, Status>,
    fields?: Fields
  ) =>
    HttpApiError.Problem<Self>()(
      tag,
      { type: `/problems/${facts.name}` as const, status: facts.status, title: facts.title },
      fields,
      { [annotation]: facts }
    ) as HttpApiError.ProblemClass<Self, Tag, `/problems/${Name}`, Status, Fields, {}>

/** The facts of a problem's class; undefined if the schema is not a problem. */
export const factsOf = (schema: Schema.Top): ProblemFacts | undefined =>
  schema.ast.annotations?.[annotation] as ProblemFacts | undefined
