import { ConfigProvider, Context, Effect, Layer, Option, Schema } from "effect"
import type { Setting } from "./Setting.ts"

interface Definitions {
  readonly [key: string]: Setting<unknown>
}

type Values<D extends Definitions> = { readonly [Key in keyof D]: D[Key] extends Setting<infer A> ? A : never }

/**
 * The settings of one module, as a service with the definitions from which it is read.
 *
 * ```ts
 * export class PlaysSettings extends group<PlaysSettings>()("fairground/plays/PlaysSettings", {
 *   playQueue: Setting.whole("PLAY_QUEUE", 1, 1_000_000, { default: "4096", description: "…" })
 * }) {}
 * ```
 */
export const group =
  <Self>() =>
  <const Id extends string, const D extends Definitions>(id: Id, definitions: D) =>
    Object.assign(Context.Service<Self, Values<D>>()(id), { definitions })

/** Any group of settings. */
export interface Group extends Context.Key<unknown, unknown> {
  readonly definitions: Definitions
}

/** A setting is invalid. The message says how to correct it: the name, the value (secrets hidden) and the allowed values. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", { message: Schema.String }) {}

/**
 * The groups that are loaded along with the requested ones: those of all modules that are on, so that one start reports every
 * invalid setting. The root of the program provides them.
 */
export const Groups = Context.Reference<Effect.Effect<Iterable<Group>>>("fairground/platform/settings/Groups", {
  defaultValue: () => Effect.succeed([])
})

/** What a setting was read from. */
export interface Given {
  /** Whether the environment says something, rather than the default. */
  readonly isSet: boolean
  /** What is in force; null: a secret. Credentials in URLs are masked. */
  readonly text: string | null
}

/** What the loaded settings were read from, by name. It comes with them, and holds no secrets. */
export const Texts = Context.Reference<ReadonlyMap<string, Given>>("fairground/platform/settings/Texts", {
  defaultValue: () => new Map()
})

/** No setting that is not a secret should hold credentials; somebody may have put them into a URL all the same. */
const withoutCredentials = (text: string): string => text.replace(/(\/\/)[^/\s"'@]*@/g, "$1•••@")

const wrong = (setting: Setting<unknown>, value: string) =>
  `${setting.name} is ${setting.secret ? "set to something (hidden)" : JSON.stringify(value)}: it must be ${setting.allowed}.`

/** A variable of the `ConfigProvider`, which is the environment except in tests: trimmed, and empty where it is not set. */
export const variable = Effect.fnUntraced(function* (name: string) {
  const provider = yield* ConfigProvider.ConfigProvider
  const node = yield* Effect.mapError(
    provider.load([name]),
    () => new SettingsError({ message: `${name} cannot be read.` })
  )
  return node !== undefined && node._tag === "Value" ? node.value.trim() : ""
})

/** The text of a setting, which is its default where its variable is empty, and its value: none if the text is not allowed. */
export const read = <A>(setting: Setting<A>) =>
  Effect.map(variable(setting.name), (given) => {
    const text = given === "" ? setting.default : given
    return { isSet: given !== "", text, value: setting.parse(text) }
  })

const load = Effect.fnUntraced(function* (groups: ReadonlyArray<Group>) {
  const problems: Array<string> = []
  const loaded = new Map<string, unknown>()
  const texts = new Map<string, Given>()
  for (const group of new Set([...groups, ...(yield* yield* Groups)])) {
    const values: Record<string, unknown> = {}
    for (const [key, setting] of Object.entries(group.definitions)) {
      const { isSet, text, value } = yield* read(setting)
      texts.set(setting.name, { isSet, text: setting.secret ? null : withoutCredentials(text) })
      if (Option.isSome(value)) values[key] = value.value
      else problems.push(wrong(setting, text))
    }
    loaded.set(group.key, values)
  }
  if (problems.length > 0) return yield* new SettingsError({ message: problems.join("\n") })
  loaded.set(Texts.key, texts)
  return Context.makeUnsafe<never>(loaded)
})

/** The service type of a group of settings. */
export type IdentifierOf<G> = G extends Context.Key<infer Identifier, infer _Shape> ? Identifier : never

/** Provides the settings of these groups and loads those in `Groups`. Reports every error at once, one per line. */
export const layerOf = <const G extends ReadonlyArray<Group>>(
  ...groups: G
): Layer.Layer<IdentifierOf<G[number]>, SettingsError> =>
  Layer.effectContext(load(groups) as Effect.Effect<Context.Context<IdentifierOf<G[number]>>, SettingsError>)
