import type { OpenApi } from "effect/http-api"
import type { ProblemFacts } from "./Problem.ts"
import type { ProblemName } from "./Problems.ts"

/**
 * Adds what the generated document of the API lacks: names as readers know them, headers of answers, what each problem
 * means, and an example of every body. `Api.ts` sets it as `OpenApi.Transform`, so that `/openapi.json`, `/docs` and
 * the command line show the same document. Everything is derived from the schemas and their annotations; nothing here
 * knows an operation. Clients load this file, so it imports no server code.
 */
export const complete =
  (list: ReadonlyArray<ProblemFacts>) =>
  (document: Record<string, unknown>): Record<string, unknown> => {
    const problems: Problems = new Map(list.map((facts) => [`/problems/${facts.name}`, facts]))
    const spec = renamed(document) as unknown as Spec
    const requested = new Set<string>()
    for (const operation of operationsOf(spec)) collect(operation.requestBody, spec.components.schemas, requested)
    for (const [name, schema] of Object.entries(spec.components.schemas)) {
      describeProblem(schema, problems)
      // Answers may gain fields, which clients must ignore. Requests may not hold unknown fields.
      if (!requested.has(name) && schema.additionalProperties === false) delete schema.additionalProperties
    }
    forEachObject(spec, withoutSafeBounds)
    forEachObject(spec, withoutNeedlessAllOf)
    forEachObject(spec, openFreeForm)
    for (const schema of Object.values(spec.components.schemas)) discriminate(schema, spec.components.schemas)
    const examples = makeExamples(spec.components.schemas)
    for (const operation of operationsOf(spec)) {
      operation.parameters = operation.parameters.map(completeParameter)
      for (const content of Object.values(operation.requestBody?.content ?? {})) {
        const least = examples.least(content.schema)
        content.examples = {
          // An edit has no required fields, and an empty body is not a useful example.
          ...(isEmpty(least) ? {} : { least: { summary: "What is required", value: least } }),
          all: { summary: "Everything", value: examples.all(content.schema) }
        }
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        const own = Object.entries(response.headers ?? {}).map(([name, header]) => [
          header.schema?.title ?? canonicalCase(name),
          completeHeader(header)
        ])
        response.headers = { ...(Object.fromEntries(own) as Record<string, Header>), ...headersOf(Number(status)) }
        const problem = response.content?.[problemType]
        if (problem !== undefined) completeProblems(response, problem, { spec, examples, problems })
        for (const type of ["application/json", "text/event-stream"]) {
          const body = response.content?.[type]
          if (body === undefined) continue
          const example = examples.all(body.schema)
          // An endpoint may give the members in which its example differs. The example has a name, because Scalar skips
          // unnamed ones.
          const value = isObject(example) && isObject(body.example) ? { ...example, ...body.example } : example
          body.examples = { answer: { summary: "An answer", value } }
          delete body.example
          if (type !== "text/event-stream") continue
          // The framework describes a stream as "Success" and adds how its own streams end.
          response.description = spec.components.schemas[nameOf(body.schema.$ref ?? "")]?.description ?? ""
          delete body["x-effect-stream"]
        }
      }
    }
    // The framework writes `Bearer`. Names of schemes have no case, but Scalar knows this one in lower case alone, and would
    // ask for a name and a password.
    for (const security of Object.values(spec.components.securitySchemes ?? {})) {
      if (security.scheme !== undefined) security.scheme = security.scheme.toLowerCase()
    }
    spec.components.headers = headers
    return spec as unknown as Record<string, unknown>
  }

const problemType = "application/problem+json"

/** The parts of a JSON Schema that this file uses. */
interface Schema {
  $ref?: string
  type?: string
  description?: string
  properties?: Record<string, Schema>
  required?: Array<string>
  additionalProperties?: boolean
  items?: Schema
  anyOf?: Array<Schema>
  oneOf?: Array<Schema>
  allOf?: Array<Schema>
  enum?: Array<unknown>
  examples?: Array<unknown>
  discriminator?: { propertyName: string; mapping: Record<string, string> }
  minimum?: number
  maximum?: number
  title?: string
  contentSchema?: Schema
}

type Schemas = Record<string, Schema>

interface Parameter extends Omit<OpenApi.OpenAPISpecParameter, "schema"> {
  schema: Schema
  example?: unknown
}

interface MediaType {
  schema: Schema
  example?: unknown
  examples?: Record<string, { summary: string; value: unknown }>
  "x-effect-stream"?: unknown
}

interface Response {
  description: string
  headers?: Record<string, Header>
  content?: Record<string, MediaType>
}

interface Header {
  $ref?: string
  description?: string
  schema?: Schema
  example?: unknown
}

interface Operation {
  parameters: Array<Parameter>
  requestBody?: { content: Record<string, MediaType> }
  responses: Record<string, Response>
}

interface Spec {
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Schemas
    headers?: Record<string, unknown>
    securitySchemes?: Record<string, { type: string; scheme?: string }>
  }
}

/** The headers that many answers share, as components. */
const headers = {
  "X-Request-Id": {
    description:
      "Names this request in the log. Taken over from the request where it has one of 1 to 128 letters, digits, `.`, `_` and `-`.",
    schema: { type: "string" },
    example: "0198c7e2-7d1c-4f0e-9a55-0b6b3c0f7a11"
  },
  "Retry-After": {
    description: "Seconds after which the request may be sent again.",
    schema: { type: "integer", minimum: 1 },
    example: 1
  }
}

const headerRef = (name: keyof typeof headers) => ({ [name]: { $ref: `#/components/headers/${name}` } })

const headersOf = (status: number) => ({
  ...headerRef("X-Request-Id"),
  ...(status === 429 || status === 503 ? headerRef("Retry-After") : {})
})

const operationsOf = (spec: Spec): ReadonlyArray<Operation> =>
  Object.values(spec.paths).flatMap(Object.values<Operation>)

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const isEmpty = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0

/**
 * The framework names an error after its encoded side, such as `GameNotFoundEncoded`, but readers know only one side.
 * It writes a schema that is used both as a body and inside an event twice, as `Task` and `Task_1`; the two become one
 * if they are equal.
 */
const renamed = (document: Record<string, unknown>): Record<string, unknown> => {
  const { schemas } = (document as unknown as Spec).components
  const textOf = (schema: Schema | undefined) =>
    JSON.stringify(schema)?.replaceAll(/(#\/components\/schemas\/\w+?)_\d+"/g, '$1"')
  const name = (key: string) => {
    const [whole = key] = /^.*(?=_\d+$)/.exec(key) ?? []
    if (whole !== key && textOf(schemas[whole]) === textOf(schemas[key])) return whole
    const short = key.replace(/Encoded$/, "")
    return short in schemas ? key : short
  }
  const prefix = "#/components/schemas/"
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        key === "$ref" && typeof member === "string" ? prefix + name(member.slice(prefix.length)) : walk(member)
      ])
    )
  }
  const copy = walk(document) as Spec
  copy.components.schemas = Object.fromEntries(
    Object.entries(copy.components.schemas)
      .map(([key, schema]): [string, Schema] => [name(key), schema])
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  )
  return { ...copy }
}

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf("/") + 1)

/** Adds the names of all components that `value` refers to, directly or through other components. */
const collect = (value: unknown, schemas: Schemas, names: Set<string>): void => {
  if (!isObject(value)) return
  const ref = value["$ref"]
  if (typeof ref === "string" && !names.has(nameOf(ref))) {
    names.add(nameOf(ref))
    collect(schemas[nameOf(ref)], schemas, names)
  }
  for (const member of Object.values(value)) collect(member, schemas, names)
}

const forEachObject = (value: unknown, change: (schema: Schema) => void): void => {
  if (!isObject(value)) return
  if (!Array.isArray(value)) change(value)
  for (const member of Object.values(value)) forEachObject(member, change)
}

/** Removes the bounds of JavaScript's safe integers, which say nothing about the meaning of a field. */
const withoutSafeBounds = (schema: Schema): void => {
  if (schema.type !== "integer") return
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}

/**
 * Merges an `allOf` into its schema. The framework uses `allOf` for what a field adds to the annotations of its type,
 * but few readers look there, and generators turn it into an intersection such as `HealthChecks & any`. The same
 * keywords are allowed next to a `$ref`.
 */
const withoutNeedlessAllOf = (schema: Schema): void => {
  const members = schema.allOf ?? []
  if (members.filter(describesType).length > 1) return
  const keys = members.flatMap(Object.keys)
  if (new Set(keys).size < keys.length || keys.some((key) => key in schema)) return
  delete schema.allOf
  Object.assign(schema, ...members)
}

const describesType = (schema: Schema): boolean =>
  Object.keys(schema).some((key) => !["title", "description", "examples"].includes(key))

/**
 * Allows any members in an object that declares none. This is the default, but openapi-typescript wants it in writing.
 */
const openFreeForm = (schema: Schema): void => {
  if (schema.type !== "object" || schema.properties !== undefined) return
  schema.additionalProperties ??= true
}

/** Adds a discriminator to a union whose members each have a constant of their own in the same field. */
const discriminate = (schema: Schema, schemas: Schemas): void => {
  const members = (schema.anyOf ?? []).map(({ $ref }) => ({ $ref, schema: schemas[nameOf($ref ?? "")] }))
  const constantOf = (member: Schema | undefined, key: string) => {
    const { enum: words = [] } = member?.properties?.[key] ?? {}
    return words.length === 1 && typeof words[0] === "string" ? words[0] : undefined
  }
  const keys = Object.keys(members[0]?.schema?.properties ?? {})
  const propertyName = keys.find((key) => members.every((member) => constantOf(member.schema, key) !== undefined))
  if (propertyName === undefined) return
  const mapping = members.map(({ $ref, schema }) => [constantOf(schema, propertyName), $ref])
  schema.discriminator = { propertyName, mapping: Object.fromEntries(mapping) as Record<string, string> }
  // Some generators merge the members of an `anyOf` into one type with all their fields.
  schema.oneOf = schema.anyOf ?? []
  delete schema.anyOf
}

/** Problems by `type`. */
type Problems = ReadonlyMap<string, ProblemFacts>

const problemOf = (schema: Schema | undefined, problems: Problems): ProblemFacts | undefined => {
  const type = schema?.properties?.["type"]?.enum?.[0]
  return typeof type === "string" ? problems.get(type) : undefined
}

/** Examples of `detail`, for the problems that always have one. */
const details: { readonly [name: string]: string } = {
  "malformed-request": "The body is not UTF-8.",
  "body-too-large": "The body is larger than 16384 bytes."
} satisfies Partial<Record<ProblemName, string>>

/** Describes the members that every problem has, in the order of RFC 9457. */
const describeProblem = (schema: Schema, problems: Problems): void => {
  const problem = problemOf(schema, problems)
  if (problem === undefined || schema.properties === undefined) return
  const example = details[problem.name]
  // The framework declares `instance`, but the service never sends it.
  const { detail, instance: _instance, status, title, type, ...own } = schema.properties
  schema.description = problem.explanation
  schema.properties = {
    type: { ...type, description: "Names the problem, and is the path of a page that explains it." },
    title: { ...title, description: "The problem for people; the same every time." },
    status: { ...status, type: "integer", description: "The HTTP status." },
    detail: {
      ...detail,
      description: "What is the matter with this very request, for people. Not always there.",
      ...(example === undefined ? {} : { examples: [example] })
    },
    ...own
  }
  schema.required = ["type", "title", "status", ...Object.keys(own).filter((key) => schema.required?.includes(key))]
}

/** Writes a header's name the usual way: `idempotency-key` becomes `Idempotency-Key`. */
const canonicalCase = (header: string) => header.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())

const completeHeader = ({ schema = {}, ...header }: Header): Header => {
  const { description, examples, ...rest } = schema
  return {
    ...header,
    ...(description === undefined ? {} : { description }),
    schema: rest,
    ...(examples === undefined ? {} : { example: examples[0] })
  }
}

const completeParameter = ({ schema, ...parameter }: Parameter): Parameter => {
  const { description, examples, ...rest } = schema
  return {
    ...parameter,
    ...(parameter.in === "header" ? { name: schema.title ?? canonicalCase(parameter.name) } : {}),
    ...(description === undefined ? {} : { description }),
    // Also in the schema: for a body with named examples, Scalar reads the parameter's example from nowhere else. Not
    // for an optional parameter, because Scalar's form would then send it.
    schema: parameter.required && examples !== undefined ? { ...rest, examples } : rest,
    ...(examples === undefined ? {} : { example: examples[0] })
  }
}

const completeProblems = (
  response: Response,
  body: MediaType,
  of: { readonly spec: Spec; readonly examples: Examples; readonly problems: Problems }
): void => {
  const found = (body.schema.anyOf ?? [body.schema]).flatMap((schema) => {
    const named = schema.$ref === undefined ? schema : of.spec.components.schemas[nameOf(schema.$ref)]
    const problem = problemOf(named, of.problems)
    return problem === undefined ? [] : [{ problem, schema }]
  })
  if (found.length === 0) return
  response.description = `${found.map(({ problem }) => problem.title).join(", or: ")}.`
  body.examples = Object.fromEntries(
    found.map(({ problem, schema }) => [problem.name, { summary: problem.title, value: of.examples.problem(schema) }])
  )
}

interface Examples {
  /** A value with the required members only. */
  readonly least: (schema: Schema) => unknown
  /** A value with the required members, and with the optional ones that have an example. */
  readonly problem: (schema: Schema) => unknown
  /** A value with every member. */
  readonly all: (schema: Schema) => unknown
}

const isRequired = (schema: Schema, key: string) => schema.required?.includes(key) === true

/** Builds values from the annotated examples. An outer example wins over those inside it. */
const makeExamples = (schemas: Schemas): Examples => {
  const make =
    (isWanted: (schema: Schema, key: string) => boolean) =>
    (schema: Schema): unknown => {
      if (schema.contentSchema !== undefined) return JSON.stringify(make(isWanted)(schema.contentSchema))
      if (schema.examples !== undefined) return schema.examples[0]
      if (schema.enum !== undefined) return schema.enum[0]
      if (schema.$ref !== undefined) return make(isWanted)(schemas[nameOf(schema.$ref)] ?? {})
      // A reference to a component, with annotations added where it is used.
      if (schema.allOf !== undefined) return make(isWanted)(Object.assign({}, ...schema.allOf) as Schema)
      const [first] = schema.anyOf ?? schema.oneOf ?? []
      if (first !== undefined) return make(isWanted)(first)
      if (schema.items !== undefined) return [make(isWanted)(schema.items)]
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([key]) => isWanted(schema, key))
          .map(([key, property]) => [key, make(isWanted)(property)])
      )
    }
  return {
    least: make((schema, key) => isRequired(schema, key)),
    problem: make((schema, key) => isRequired(schema, key) || schema.properties?.[key]?.examples !== undefined),
    all: make(() => true)
  }
}
