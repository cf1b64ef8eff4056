import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import document from "../../docs/openapi.json" with { type: "json" }
import { Api } from "../../src/Api.ts"
import { problemsOf } from "../../src/platform/contract/ProblemList.ts"

/** The parts of a JSON Schema from which requests are made. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly title?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly examples?: ReadonlyArray<unknown>
  readonly anyOf?: ReadonlyArray<Schema>
  readonly oneOf?: ReadonlyArray<Schema>
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
}

export interface Parameter {
  readonly name: string
  readonly in: "path" | "query" | "header"
  readonly required: boolean
  readonly schema: Schema
}

export interface Operation {
  /** `plays.record` */
  readonly id: string
  readonly method: string
  /** `/api/v1/games/{slug}/plays` */
  readonly path: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly body: Schema | undefined
  /** Whether the contract accepts this body. */
  readonly takes: (body: unknown) => boolean
  /** What is wrong with an answer of this status, media type and body; undefined if the contract has no such answer. */
  readonly misfit: (status: number, media: string, body: unknown) => ReadonlyArray<string> | undefined
  /** The declared statuses. */
  readonly statuses: ReadonlySet<number>
}

export interface Contract {
  readonly operations: ReadonlyArray<Operation>
  readonly resolve: (schema: Schema) => Schema
}

interface Media {
  readonly schema: Schema
}

interface Described {
  readonly operationId: string
  readonly parameters?: ReadonlyArray<Parameter>
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>
}

const pointer = (...segments: ReadonlyArray<string>) =>
  segments.map((segment) => encodeURIComponent(segment.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const make = (): Contract => {
  const ajv = new Ajv2020({ strict: false, formats: { "date-time": dateTime, uuid, password: true } })
  ajv.addSchema({ ...document, $id: "api" })
  const compile = (...segments: ReadonlyArray<string>) => ajv.compile({ $ref: `api#/${pointer(...segments)}` })
  const problemsOf = (validate: ValidateFunction, body: unknown) =>
    validate(body)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || "/"} ${message}`)

  const operation = (path: string, method: string, described: Described): Operation => {
    const json = described.requestBody?.content["application/json"]?.schema
    const takes =
      json === undefined
        ? undefined
        : compile("paths", path, method, "requestBody", "content", "application/json", "schema")
    const answers = new Map(
      Object.entries(described.responses).flatMap(([status, { content = {} }]) =>
        Object.keys(content).map((media) => [
          `${status} ${media}`,
          compile("paths", path, method, "responses", status, "content", media, "schema")
        ])
      )
    )
    return {
      id: described.operationId,
      method: method.toUpperCase(),
      path,
      parameters: described.parameters ?? [],
      body: json,
      takes: (body) => takes !== undefined && takes(body),
      misfit: (status, media, body) => {
        const validate = answers.get(`${status} ${media}`)
        return validate === undefined ? undefined : problemsOf(validate, body)
      },
      statuses: new Set(Object.keys(described.responses).map(Number))
    }
  }

  const schemas = document.components.schemas as unknown as Readonly<Record<string, Schema>>
  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as unknown as Readonly<Record<string, Described>>).map(([method, described]) =>
        operation(path, method, described)
      )
    ),
    resolve: (schema) => (schema.$ref === undefined ? schema : (schemas[schema.$ref.split("/").at(-1) ?? ""] ?? schema))
  }
}

/** The contract in `docs/openapi.json`, from which requests are made and against which answers are checked. */
export const contract: Contract = make()

/** Problems that any request may be answered with, whatever its operation declares. */
export const generalProblems: ReadonlySet<string> = new Set([
  "malformed-request",
  "not-found",
  "method-not-allowed",
  "request-timeout",
  "uri-too-long",
  "headers-too-large",
  "given-up"
])

/** The catalogue of problems, by their type, which is a path. */
export const catalogue: ReadonlyMap<
  string,
  { readonly name: string; readonly status: number; readonly title: string }
> = new Map(problemsOf(Api).map(({ name, status, title }) => [`/problems/${name}`, { name, status, title }]))
