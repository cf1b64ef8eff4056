import { assert, describe, it } from "@effect/vitest"
import { OpenApi } from "effect/http-api"
import { readFileSync } from "node:fs"
import { apiOf } from "../../src/Http.ts"
import { modules } from "../../src/Modules.ts"
import { problemsOf } from "../../src/platform/contract/ProblemList.ts"
import { version } from "../../src/platform/Version.ts"

const api = apiOf(modules)
const problems = new Map(problemsOf(api).map((facts) => [facts.name, facts]))

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Record<string, Schema>
  readonly additionalProperties?: boolean
  readonly examples?: ReadonlyArray<unknown>
  readonly enum?: ReadonlyArray<unknown>
  readonly $ref?: string
  readonly items?: Schema
  readonly anyOf?: ReadonlyArray<Schema>
  readonly oneOf?: ReadonlyArray<Schema>
  readonly allOf?: ReadonlyArray<Schema>
}

interface Media {
  readonly schema: Schema
  readonly examples?: Record<string, { readonly value: Record<string, unknown> }>
}

interface Response {
  readonly description: string
  readonly headers: Record<string, unknown>
  readonly content?: Record<string, Media>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description?: string
  readonly example?: unknown
  readonly schema: Schema
}

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly tags: ReadonlyArray<string>
  readonly parameters: ReadonlyArray<Parameter>
  readonly requestBody?: { readonly content: Record<string, Media> }
  readonly responses: Record<string, Response>
}

interface Document {
  readonly openapi: string
  readonly info: { title: string; version: string; description: string; license: { identifier: string } }
  readonly servers: ReadonlyArray<{ readonly url: string }>
  readonly tags: ReadonlyArray<{ readonly name: string; readonly description?: string }>
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: {
    readonly schemas: Record<string, Schema>
    readonly headers: Record<string, { readonly description?: string; readonly example?: unknown }>
  }
}

/** What the linters do not ask. The document is read as the JSON that it is served as. */
const document: Document = JSON.parse(JSON.stringify(OpenApi.fromApi(api)))

const everySchema = (value: unknown = document): ReadonlyArray<Schema> =>
  typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(everySchema)] : []

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation }))
)
const responses = operations.flatMap(({ name, operation, path }) =>
  Object.entries(operation.responses).map(([status, response]) => ({
    name: `${name} ${status}`,
    path,
    status,
    // A 204 has none.
    response: { ...response, content: response.content ?? {} }
  }))
)
const failures = responses.filter(({ status }) => Number(status) >= 400)
const problemType = "application/problem+json"

describe("the OpenAPI document", () => {
  it("shows tasks as unions that `kind` decides, with the input and content of each kind", () => {
    const { schemas } = document.components
    for (const [union, member] of [
      ["NewTask", "NewTruthOrDareTask"],
      ["Task", "TruthOrDareTask"]
    ] as const) {
      assert.include(
        (schemas[union]?.oneOf ?? []).map(({ $ref }) => $ref),
        `#/components/schemas/${member}`
      )
      assert.deepNestedInclude(schemas[union], {
        "discriminator.propertyName": "kind",
        "discriminator.mapping.truth-or-dare": `#/components/schemas/${member}`
      })
    }
    assert.property(schemas["NewTruthOrDareTask"]?.properties, "input")
    assert.property(schemas["TruthOrDareTask"]?.properties, "content")
  })

  it("shows what is special of tasks: a number to wait for, and a stream of events that need not come", () => {
    const { parameters } = document.paths["/api/v1/tasks/{id}"]!["get"]!
    const wait = parameters.find(({ name }) => name === "wait")
    assert.deepStrictEqual<unknown>(wait?.schema, { type: "integer", minimum: 1, maximum: 50 })
    assert.strictEqual(wait?.example, 25)
    const events = document.paths["/api/v1/tasks/{id}/events"]!["get"]!
    assert.include(
      events.parameters.map(({ name }) => name),
      "Last-Event-ID"
    )
    assert.isDefined(events.responses["204"])
    assert.match(events.responses["200"]!.description, /task/)
    const stream = events.responses["200"]!.content!["text/event-stream"]!
    assert.hasAllKeys(stream, ["schema", "examples"], "nothing of the framework's own")
    const event = Object.values(stream.examples!)[0]!.value
    assert.deepInclude(JSON.parse(String(event["data"])), { status: "succeeded", attempts: 1, error: null })
  })

  it("has patterns that the engines of Go and Rust read too: none that looks ahead or behind", () => {
    assert.notMatch(JSON.stringify(document), /"pattern":"[^"]*\(\?<?[=!]/)
  })

  // Scalar shows no other: it would make one up from the schema, and drop a parameter's beside a body with named ones.
  it("has examples with names, and those of required parameters in their schemas", () => {
    for (const { name, operation } of operations) {
      for (const { example, required, schema } of operation.parameters) {
        if (required) assert.deepStrictEqual(schema.examples, [example], name)
      }
    }
    const { examples } = document.paths["/api/v1/tasks"]!["post"]!.responses["202"]!.content!["application/json"]!
    assert.deepInclude(Object.values(examples!)[0]!.value, { status: "queued", content: null })
  })

  it("says what it is", () => {
    assert.strictEqual(document.openapi, "3.1.0")
    assert.strictEqual(document.info.title, "Fairground")
    assert.strictEqual(document.info.version, version)
    assert.strictEqual(document.info.license.identifier, "MIT")
    assert.deepStrictEqual(
      document.servers.map(({ url }: { url: string }) => url),
      ["/"]
    )
  })

  it("is the one in docs/openapi.json, which npm run generate writes", () => {
    const written: unknown = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"))
    assert.deepStrictEqual(written, JSON.parse(JSON.stringify(document)))
  })

  it("has operations with a summary that is no sentence and a description that is more than the summary", () => {
    assert.isAbove(operations.length, 4)
    const tags = new Map(
      document.tags.map((tag: { name: string; description?: string }) => [tag.name, tag.description])
    )
    for (const { name, operation } of operations) {
      assert.match(operation.summary, /^[A-Z].*[^.]$/, name)
      assert.isAbove(operation.description?.length ?? 0, operation.summary.length, name)
      for (const tag of operation.tags)
        assert.isAbove(tags.get(tag)?.length ?? 0, 0, `${name}: tag ${tag} is not described`)
    }
  })

  it("describes each parameter, with an example", () => {
    for (const { name, operation } of operations) {
      for (const parameter of operation.parameters) {
        assert.isString(parameter.description, `${name}: ${parameter.name}`)
        assert.isDefined(parameter.example, `${name}: ${parameter.name}`)
      }
    }
    const record = document.paths["/api/v1/games/{slug}/plays"]!["post"]!
    const key = record.parameters.find((parameter) => parameter.in === "header")!
    assert.strictEqual(key.name, "Idempotency-Key")
    assert.isFalse(key.required)
  })

  it("describes each property of each schema, and has an example of its value", () => {
    const { schemas } = document.components
    const hasExample = (schema: Schema): boolean =>
      schema.examples !== undefined ||
      schema.enum !== undefined ||
      schema.$ref !== undefined ||
      (schema.items !== undefined && hasExample(schema.items)) ||
      // An object in its place is shown by its members.
      (schema.properties !== undefined && Object.values(schema.properties).every(hasExample)) ||
      [...(schema.anyOf ?? []), ...(schema.allOf ?? [])].some(hasExample)
    const missing: Array<string> = []
    let seen = 0
    for (const [name, schema] of Object.entries(schemas)) {
      assert.isString(schema.description, name)
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        seen++
        const of = property.$ref ?? property.allOf?.[0]?.$ref
        const description = property.description ?? schemas[of?.split("/").at(-1) ?? ""]?.description
        assert.isString(description, `${name}.${key}`)
        // What is the matter with a request has no example where it is rarely said.
        if (key !== "detail" && !hasExample(property)) missing.push(`${name}.${key}`)
      }
      assert.notMatch(name, /Encoded$|_\d+$/, "a name for readers")
    }
    assert.isAbove(seen, 50)
    assert.deepStrictEqual(missing, [], "these have no example")
  })

  it("has an example of each body, without a hole in it", () => {
    const holes = (value: unknown): boolean =>
      value === undefined ||
      (typeof value === "object" &&
        value !== null &&
        (Object.values(value).some(holes) || Object.keys(value).length === 0))
    const check = (name: string, content: Record<string, Media>) => {
      for (const [type, media] of Object.entries(content)) {
        const values = Object.values(media.examples ?? {}).map(({ value }) => value)
        assert.isNotEmpty(values, `${name} ${type}`)
        for (const value of values) assert.isFalse(holes(value), `${name} ${type}: ${JSON.stringify(value)}`)
      }
    }
    for (const { name, operation } of operations)
      if (operation.requestBody !== undefined) check(name, operation.requestBody.content)
    for (const { name, response } of responses) check(name, response.content)
  })

  it("answers each failure with problems that there are, and an example of each", () => {
    for (const { name, response, status } of failures) {
      assert.deepStrictEqual(Object.keys(response.content), [problemType], name)
      const { examples = {}, schema } = response.content[problemType]!
      assert.lengthOf(Object.keys(examples), schema.anyOf?.length ?? 1, name)
      for (const [problem, { value }] of Object.entries(examples)) {
        assert.include(value, {
          type: `/problems/${problem}`,
          title: problems.get(problem)?.title,
          status: Number(status)
        })
      }
    }
  })

  it("has every problem: at an operation, or among those that any request may get", () => {
    const named = new Set(
      failures.flatMap(({ response }) => Object.keys(response.content[problemType]!.examples ?? {}))
    )
    for (const name of problems.keys()) {
      assert.isTrue(named.has(name) || document.info.description.includes(`\`${name}\``), `${name} is nowhere`)
    }
  })

  it("knows what the edge may answer", () => {
    for (const { name, operation, path } of operations) {
      const may = (status: number) => assert.property(operation.responses, `${status}`, name)
      may(400)
      may(500)
      if (path.startsWith("/api/")) may(429)
      if (path.startsWith("/api/")) may(503)
      if (operation.requestBody !== undefined) may(413)
      if (operation.requestBody !== undefined) may(415)
    }
  })

  it("has X-Request-Id on each answer, and Retry-After on 429 and 503", () => {
    for (const { name, path, response, status } of responses) {
      const expected = ["X-Request-Id", ...(status === "429" || status === "503" ? ["Retry-After"] : [])]
      const own = Object.keys(response.headers).filter(
        (header) => !["Content-Disposition", "ETag", "Location"].includes(header)
      )
      assert.sameMembers(own, expected, name)
      // Where what was made is to be found. Mails that were asked for are found nowhere.
      if (status === "202" && path === "/api/v1/tasks") assert.property(response.headers, "Location", name)
    }
    for (const header of Object.values(document.components.headers)) {
      assert.isString(header.description)
      assert.isDefined(header.example)
    }
  })

  it("closes what is sent and not what is answered", () => {
    const { schemas } = document.components
    assert.isFalse(schemas["RecordPlay"]!.additionalProperties)
    assert.isFalse(schemas["Consent"]!.additionalProperties)
    assert.isUndefined(schemas["Play"]!.additionalProperties)
    assert.isUndefined(schemas["PlayLimitReached"]!.additionalProperties)
  })

  it("says of objects that hold anything that they do, wherever they stand", () => {
    const { schemas } = document.components
    const anything = { type: "object", additionalProperties: true }
    assert.include(schemas["RecordPlay"]!.properties!["data"], anything)
    assert.include(schemas["TaskCallbackContent"]!.properties!["content"], anything)
    const silent = everySchema().filter(
      (schema) =>
        schema.type === "object" && schema.properties === undefined && schema.additionalProperties === undefined
    )
    assert.deepStrictEqual(silent, [])
  })

  it("has no intersection with what only describes, which generators make `& any` of", () => {
    const { checks } = document.components.schemas["NotReady"]!.properties!
    assert.strictEqual(checks?.$ref, "#/components/schemas/HealthChecks")
    assert.isNotEmpty(checks?.examples)
    assert.deepStrictEqual(
      everySchema().filter(({ allOf }) => allOf !== undefined),
      []
    )
  })
})
