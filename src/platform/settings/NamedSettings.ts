import { Effect, Redacted, Schema, SchemaIssue, SchemaTransformation } from "effect"
import { readFileSync } from "node:fs"
import { isObject } from "../contract/JsonData.ts"
import { isBaseUrl } from "./Setting.ts"
import { SettingsError, variable } from "./SettingsGroup.ts"

const wrong = (message: string) => new SchemaIssue.InvalidValue({ message })

/**
 * A reference to a secret in the environment: `{ "env": "BREVO_KEY" }`. Named settings hold no secrets, as they may be a
 * file.
 */
export const Secret = Schema.Struct({ env: Schema.String })
  .annotate({ message: 'it must be {"env": "NAME"}, the environment variable that holds it' })
  .pipe(
    Schema.decodeTo(
      Schema.Redacted(Schema.String),
      SchemaTransformation.transformEffect({
        decode: Effect.fnUntraced(function* ({ env }: { readonly env: string }) {
          if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(env)) {
            return yield* Effect.fail(wrong("env must be the name of an environment variable"))
          }
          const value = yield* Effect.orElseSucceed(variable(env), () => "")
          if (value === "") return yield* Effect.fail(wrong(`the environment variable ${env} is not set`))
          // A header cannot hold other characters: every call would fail without a visible reason.
          return /^[\x20-\x7e]*$/.test(value)
            ? Redacted.make(value)
            : yield* Effect.fail(wrong(`the environment variable ${env} holds a line break or a sign that no key has`))
        }),
        encode: () => Effect.fail(wrong("a secret is not written down"))
      })
    )
  )

/** An `https:` URL without credentials, query and fragment, or an `http:` URL for services on a private network. */
export const BaseUrl = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      isBaseUrl(text) || "it must be a URL such as https://lists.shop.example, without user, password and query"
  )
)

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "MissingKey"
      ? "is missing"
      : issue._tag === "UnexpectedKey"
        ? "is not known"
        : SchemaIssue.defaultLeafHook(issue)
})

const pathOf = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined): string =>
  (path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".")

/** Decodes the named settings of one thing. Reports every invalid field at once. */
export const decodeFields =
  <A, Encoded>(schema: Schema.Codec<A, Encoded>) =>
  (settings: unknown): Effect.Effect<A, ReadonlyArray<string>> =>
    Schema.decodeUnknownEffect(schema, { errors: "all", onExcessProperty: "error" })(settings).pipe(
      Effect.mapError((error) =>
        format(error.issue).issues.map(({ message, path }) => `field ${pathOf(path)}: ${message}`)
      )
    )

/** Where the JSON is invalid. The parser's own message quotes the text, which may hold a secret by mistake. */
const placeOf = (error: unknown): string => {
  const match = / at position \d+(?: \(line (\d+) column (\d+)\))?/.exec(String(error))
  return match?.[1] === undefined ? "" : ` at line ${match[1]}, column ${match[2]}`
}

/** The names of an object's members as written, in valid JSON. The parser would drop the first of two equal names. */
const namesOf = (json: string): ReadonlyArray<string> => {
  const names: Array<string> = []
  let depth = 0
  for (const [token, text, colon] of json.matchAll(/("(?:[^"\\]|\\[^])*"?)(\s*:)?|[{}[\]]/g)) {
    if (text !== undefined && colon !== undefined && depth === 1) names.push(JSON.parse(text) as string)
    if (token === "{" || token === "[") depth++
    if (token === "}" || token === "]") depth--
  }
  return names
}

/** Text that is not a path may be settings with a secret in them by mistake, so errors must not quote it. */
const looksLikePath = (text: string): boolean => text.length <= 4096 && !/[[\]{}"'\r\n]/.test(text)

const readJson = (setting: string, what: string, text: string): Effect.Effect<unknown, SettingsError> => {
  const isInline = text.startsWith("{")
  return Effect.gen(function* () {
    if (!isInline && !looksLikePath(text)) {
      return yield* new SettingsError({
        message: `${setting} must be a JSON object of ${what}s by name, or the path of a file with one.`
      })
    }
    const json = isInline
      ? text
      : yield* Effect.try({
          try: () => readFileSync(text, "utf8").replace(/^\uFEFF/, ""),
          catch: (error) =>
            new SettingsError({
              message: `${setting} names the file ${JSON.stringify(text)}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`
            })
        })
    const value = yield* Effect.try({
      try: (): unknown => JSON.parse(json),
      catch: (error) =>
        new SettingsError({
          message: `${setting}${isInline ? "" : `, file ${JSON.stringify(text)}`}, is not JSON${placeOf(error)}.`
        })
    })
    const [twice] = namesOf(json).filter((name, place, names) => names.indexOf(name) < place)
    if (twice !== undefined) {
      return yield* new SettingsError({
        message: `${setting}, ${what} ${JSON.stringify(twice)}, there are two of this name.`
      })
    }
    return value
  })
}

const namePattern = /^[a-z0-9](?:-?[a-z0-9])*$/

/**
 * Reads a setting that is a JSON object of things by name, or the path of a file with one. An empty setting means none.
 * `what` names one of the things in messages. `prepare` decodes one of them or says what is wrong with it. All errors are
 * reported at once.
 */
export const readNamed = <A>(
  setting: string,
  what: string,
  text: string,
  prepare: (name: string, settings: unknown) => Effect.Effect<A, ReadonlyArray<string>>
): Effect.Effect<ReadonlyMap<string, A>, SettingsError> =>
  Effect.gen(function* () {
    const json = text === "" ? {} : yield* readJson(setting, what, text)
    if (!isObject(json)) {
      return yield* new SettingsError({ message: `${setting} must be a JSON object of ${what}s by name.` })
    }
    const prepared = new Map<string, A>()
    const problems: Array<string> = []
    for (const [name, settings] of Object.entries(json)) {
      const read =
        !namePattern.test(name) || name.length > 64
          ? Effect.fail(["its name must be lower-case letters, digits and single hyphens, at most 64"])
          : prepare(name, settings)
      yield* Effect.match(read, {
        onSuccess: (one) => prepared.set(name, one),
        onFailure: (found) => {
          for (const problem of found) problems.push(`${setting}, ${what} ${JSON.stringify(name)}, ${problem}.`)
        }
      })
    }
    if (problems.length > 0) return yield* new SettingsError({ message: problems.join("\n") })
    return prepared
  })
