import { Context, Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { Settings, SettingsError } from "../platform/Settings.ts"
import { providers } from "./EspProviders.ts"
import { sandboxName } from "./EspSandbox.ts"
import type { Prepared, Provider } from "./Provider.ts"

const setting = "ESP_CONNECTIONS"

const namePattern = /^[a-z0-9](?:-?[a-z0-9])*$/

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Where the JSON is at fault; the parser's own words quote it, and so may show what should have been a secret. */
const placeOf = (error: unknown): string => {
  const match = / at position \d+(?: \(line (\d+) column (\d+)\))?/.exec(String(error))
  return match?.[1] === undefined ? "" : ` at line ${match[1]}, column ${match[2]}`
}

/** The names of an object's members as they are written, in JSON that is right: of two alike the parser drops the first. */
const namesOf = (json: string): ReadonlyArray<string> => {
  const names: Array<string> = []
  let depth = 0
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (name !== undefined && depth === 1) names.push(JSON.parse(name) as string)
    if (token === "{" || token === "[") depth++
    if (token === "}" || token === "]") depth--
  }
  return names
}

/** What stands in the setting in place of a path may be settings, with what should have been a secret in them. */
const looksLikePath = (text: string): boolean => text.length <= 4096 && !/[[\]{}"'\r\n]/.test(text)

const readJson = (text: string): Effect.Effect<unknown, SettingsError> => {
  const isInline = text.startsWith("{")
  if (!isInline && !looksLikePath(text)) {
    return Effect.fail(
      new SettingsError({
        message: `${setting} must be a JSON object of connections by name, or the path of a file with one.`
      })
    )
  }
  return Effect.gen(function* () {
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
        message: `${setting}, connection ${JSON.stringify(twice)}, there are two of this name.`
      })
    }
    return value
  })
}

const prepare = (known: Record<string, Provider>, name: string, settings: unknown) => {
  const refuse = (...problems: ReadonlyArray<string>) => Effect.fail(problems)
  if (!namePattern.test(name) || name.length > 64) {
    return refuse("its name must be lower-case letters, digits and single hyphens, at most 64")
  }
  if (name === sandboxName) return refuse("this name is the sandbox's, which is always there")
  if (!isObject(settings)) return refuse("it must be an object with a provider")
  const { provider } = settings
  const names = Object.keys(known).join(", ")
  if (typeof provider !== "string") return refuse(`field provider: it must be one of ${names}`)
  return Object.hasOwn(known, provider) && known[provider] !== undefined
    ? known[provider].prepare(settings)
    : refuse(`field provider: there is no provider ${JSON.stringify(provider.slice(0, 40))}; there are ${names}`)
}

/** The connections that the settings name, each of them right; `sandbox` is always there besides. */
export class Connections extends Context.Service<
  Connections,
  {
    readonly prepared: ReadonlyMap<string, Prepared>
    /** All names, those of the settings in their order and the sandbox's last. */
    readonly names: ReadonlyArray<string>
  }
>()("fairground/esp/Connections") {
  /** Reads ESP_CONNECTIONS with these providers. All that is wrong is said at once. */
  static readonly layerOf = (known: { readonly [name: string]: Provider }) =>
    Layer.effect(
      Connections,
      Effect.gen(function* () {
        const { espConnections } = yield* Settings
        const json = espConnections === "" ? {} : yield* readJson(espConnections)
        if (!isObject(json)) {
          return yield* new SettingsError({ message: `${setting} must be a JSON object of connections by name.` })
        }
        const prepared = new Map<string, Prepared>()
        const problems: Array<string> = []
        for (const [name, settings] of Object.entries(json)) {
          yield* Effect.match(prepare(known, name, settings), {
            onSuccess: (connection) => prepared.set(name, connection),
            onFailure: (found) => {
              for (const problem of found) problems.push(`${setting}, connection ${JSON.stringify(name)}, ${problem}.`)
            }
          })
        }
        if (problems.length > 0) return yield* new SettingsError({ message: problems.join("\n") })
        return Connections.of({ prepared, names: [...prepared.keys(), sandboxName] })
      })
    )

  /** Needs the settings. */
  static readonly layer = Connections.layerOf(providers)
}
