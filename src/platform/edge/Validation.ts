import { Effect, SchemaIssue } from "effect"
import { HttpServerRequest } from "effect/http"
import { type HttpApiError, HttpApiMiddleware } from "effect/http-api"
import { cut } from "../contract/Cut.ts"
import { MalformedRequest, ValidationFailed, ValidationProblems } from "../contract/Problems.ts"

// A body of 16 KiB can hold thousands of unknown fields, and the answer takes ten times the length of each.
const mostIssues = 50

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "MissingKey"
      ? "Required"
      : issue._tag === "UnexpectedKey"
        ? "Not a known field"
        : SchemaIssue.defaultLeafHook(issue)
})

/**
 * The member of a union is chosen by a field with constant values, such as `kind`. If no member has the value that was sent,
 * this field is at fault, not the whole object. Undefined if the issue is of another kind.
 */
const discriminator = (issue: SchemaIssue.Issue): { readonly key: string; readonly allowed: string } | undefined => {
  if (issue._tag === "Encoding") return discriminator(issue.issue)
  if (issue._tag !== "AnyOf" || issue.ast._tag !== "Union") return undefined
  // The payloads of an operation form a union themselves, usually of one member.
  const [only, ...more] = issue.issues
  if (only !== undefined) return more.length === 0 ? discriminator(only) : undefined
  // If each value has a single member, the decoder stops at the outer union.
  const members = issue.ast.types.flatMap((type) => (type._tag === "Union" ? type.types : [type]))
  const constants = members.map(
    (type) =>
      new Map(
        (type._tag === "Objects" ? type.propertySignatures : []).flatMap(({ name, type }) =>
          type._tag === "Literal" ? [[String(name), JSON.stringify(type.literal)] as const] : []
        )
      )
  )
  const key = [...(constants[0]?.keys() ?? [])].find((name) => constants.every((member) => member.has(name)))
  return key === undefined
    ? undefined
    : { key, allowed: constants.flatMap((member) => member.get(key) ?? []).join(" | ") }
}

const segment = (part: PropertyKey | { readonly key: PropertyKey }): string | number => {
  const key = typeof part === "object" ? part.key : part
  return typeof key === "number" ? key : String(key)
}

const validationFailed = (error: HttpApiError.HttpApiSchemaError): ValidationFailed => {
  const part = error.kind.toLowerCase()
  const choice = discriminator(error.cause.issue)
  if (choice !== undefined) {
    return new ValidationFailed({ errors: [{ path: [part, choice.key], message: `Expected ${choice.allowed}` }] })
  }
  const all = format(error.cause.issue).issues
  const errors = all.slice(0, mostIssues).map((issue) => ({
    path: [part, ...(issue.path ?? []).map(segment)],
    message: issue.message
  }))
  return new ValidationFailed(
    all.length > mostIssues
      ? { errors, detail: `The first ${mostIssues} of ${all.length} errors are listed.` }
      : { errors }
  )
}

const jsonFault = (text: string): string | undefined => {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return cut(String((error as Error).message), 200)
  }
}

/**
 * Answers requests that do not fit the contract. An answer of the service that does not fit stays a defect, which the edge
 * reports.
 */
export const layer = HttpApiMiddleware.layerSchemaErrorTransform(ValidationProblems, (error) => {
  if (error.kind === "Body" || error.kind === "ResponseHeaders") return Effect.fail(error)
  if (error.kind !== "Payload") return Effect.fail(validationFailed(error))
  // The framework reports invalid JSON like a wrong field. The text has already been read, so this reads nothing from the
  // socket.
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    Effect.flatMap(Effect.orDie(request.text), (text) => {
      if (text === "") {
        return Effect.fail(
          new ValidationFailed({ errors: [{ path: ["payload"], message: "Required: the request has no body" }] })
        )
      }
      const fault = jsonFault(text)
      return Effect.fail(
        fault === undefined
          ? validationFailed(error)
          : new MalformedRequest({ detail: `The body is not JSON: ${fault}` })
      )
    })
  )
})
