import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"

/** What a form sent, by the names of its fields. A field that is missing is empty; one that stands several times is in `all`. */
export interface Form {
  readonly get: (name: string) => string
  readonly all: (name: string) => ReadonlyArray<string>
}

/** Text without what no field of a form should hold, which PostgreSQL could not store. */
const clean = (text: string): string => text.toWellFormed().replaceAll("\0", "")

/**
 * The form in the request's body, which is read up to `BODY_LIMIT`. Anything but a form is read as an empty one: its fields are then
 * asked for like those that somebody left empty.
 */
export const readForm: Effect.Effect<Form, never, HttpServerRequest.HttpServerRequest> = Effect.flatMap(
  HttpServerRequest.HttpServerRequest,
  (request) => {
    const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase()
    const text = type === "application/x-www-form-urlencoded" ? Effect.orDie(request.text) : Effect.succeed("")
    return Effect.map(text, (body): Form => {
      const fields = new URLSearchParams(body)
      return { get: (name) => clean(fields.get(name) ?? ""), all: (name) => fields.getAll(name).map(clean) }
    })
  }
)
