import type { Command } from "effect/cli"
import type { HttpApiGroup } from "effect/http-api"
import { type Effect, Layer, type Schema } from "effect"
import type { ContactPart } from "./contacts/ContactPart.ts"
import type { Role } from "./platform/contract/Access.ts"
import type { DatabaseUnavailable } from "./platform/contract/Problems.ts"
import type { ExtraRoute } from "./platform/edge/Methods.ts"
import type { Player } from "./players/Player.ts"
import type { PlayPart } from "./plays/PlayPart.ts"
import type { Group, IdentifierOf } from "./platform/settings/SettingsGroup.ts"

/**
 * What a signed-in person or a key may do, such as `games:write`, and the roles that have this permission by default.
 */
export interface Permission {
  /** A plural noun, a colon, and what is done with it. */
  readonly name: string
  /** For people, as a sentence that begins with a verb. */
  readonly description: string
  readonly roles: ReadonlyArray<Role>
}

/** How a module exports and forgets all that it stores of a person. */
export interface Person {
  /**
   * All that is stored of the person, as JSON, under keys that no other module uses; `null` or `[]` if nothing is stored. Moments
   * are ISO 8601 in UTC. Several bounded statements read it: it is a consistent snapshot only in a transaction of the caller.
   */
  readonly export: (player: Player) => Effect.Effect<Schema.JsonObject, DatabaseUnavailable>
  /**
   * Empties or deletes all that identifies the person, and keeps the numbers. It is idempotent: repeated and concurrent calls,
   * and a call after an interrupted one, have the same result. Data that is stored while it runs may remain; another call forgets
   * it.
   *
   * All modules forget, in the order of `Modules.ts`: each before the modules that it depends on. Modules that are off (`MODULES`)
   * forget too, because their data stays.
   */
  readonly forget: (player: Player) => Effect.Effect<void, DatabaseUnavailable>
}

/** A command as `main.ts` runs it: all its services are provided, and every error has a message. */
// oxlint-disable-next-line typescript/no-explicit-any -- each command has its own input
type AnyCommand = Command.Command<any, any, any, { readonly message: string }, never>

type Groups = ReadonlyArray<HttpApiGroup.Constraint>

/** The parts that a module consists of. The rest of the program is assembled from them. */
interface Declaration<
  Settings extends ReadonlyArray<Group>,
  Provides,
  ServicesError,
  ServicesNeed,
  Handles,
  HttpError,
  HttpNeeds,
  JobsError,
  JobsNeed,
  PersonNeeds
> {
  /** The name of the module's folder, and of the module in `MODULES`. */
  readonly name: string
  /** If given, the module is optional and served only if `MODULES` lists it. If left out, the module is always on. */
  readonly optional?: {
    /** Other optional modules that must be on as well. */
    readonly needs: ReadonlyArray<string>
  }
  readonly settings?: Settings
  /** The tables that the module owns. Their migrations run even if the module is off. */
  readonly tables?: ReadonlyArray<string>
  /**
   * Its endpoints in the contract. Those of plays depend on the parts of other modules, and those of live events on the permissions
   * that the modules which are on declare.
   */
  readonly groups?: Groups | ((parts: ReadonlyArray<PlayPart>, permissions: ReadonlySet<string>) => Groups)
  /** A sentence that it adds to the first paragraph of the contract's description. */
  readonly about?: string
  /** The operations that need neither an account nor a key, as `group.operation`. All others say what they need. */
  readonly publicOperations?: ReadonlyArray<string>
  /** Routes for people, outside the contract, which `http` serves. They are public: each judges by itself who calls. */
  readonly pages?: ReadonlyArray<ExtraRoute>
  readonly permissions?: ReadonlyArray<Permission>
  /** What the module does in the statement that records a play, and the field that it adds to the answer. */
  readonly playPart?: PlayPart
  /** What the module does in the statements that change contacts. */
  readonly contactPart?: ContactPart
  /** The services that other modules may use. Built on the platform and on the modules below, with all else wired inside. */
  readonly services?: Layer.Layer<Provides, ServicesError, ServicesNeed>
  /** The handlers of its groups. */
  readonly http?: Layer.Layer<Handles, HttpError, HttpNeeds>
  /** Its background work, which runs from the start of the service to its stop. */
  readonly jobs?: Layer.Layer<never, JobsError, JobsNeed>
  /** Exports and forgets what the module stores of persons. Left out: nothing in its tables leads to a person. */
  readonly person?: Effect.Effect<Person, never, PersonNeeds>
  readonly commands?: ReadonlyArray<AnyCommand>
}

export interface Module<Settings extends ReadonlyArray<Group>, Provides, Error, ServicesNeed, ElseNeed> {
  readonly name: string
  readonly isOptional: boolean
  readonly needs: ReadonlyArray<string>
  readonly settings: Settings
  readonly tables: ReadonlyArray<string>
  readonly groups: (parts: ReadonlyArray<PlayPart>, permissions: ReadonlySet<string>) => Groups
  readonly about: string
  readonly publicOperations: ReadonlyArray<string>
  readonly pages: ReadonlyArray<ExtraRoute>
  readonly permissions: ReadonlyArray<Permission>
  readonly playPart: PlayPart | undefined
  readonly contactPart: ContactPart | undefined
  readonly services: Layer.Layer<Provides, Error, ServicesNeed>
  readonly http: Layer.Layer<never, Error, ElseNeed>
  readonly jobs: Layer.Layer<never, Error, ElseNeed>
  /** One or none. */
  readonly person: ReadonlyArray<Effect.Effect<Person, never, ElseNeed>>
  readonly commands: ReadonlyArray<AnyCommand>
}

/** Any module. Its services are `never`, because a layer of some services can stand for a layer of none. */
export type AnyModule = Module<ReadonlyArray<Group>, never, unknown, unknown, unknown>

/** Declares a module. Every module does so once, in its `XModule.ts`. */
export const defineModule = <
  const Settings extends ReadonlyArray<Group> = readonly [],
  Provides = never,
  ServicesError = never,
  ServicesNeed = never,
  Handles = never,
  HttpError = never,
  HttpNeeds = never,
  JobsError = never,
  JobsNeed = never,
  PersonNeeds = never
>(
  declaration: Declaration<
    Settings,
    Provides,
    ServicesError,
    ServicesNeed,
    Handles,
    HttpError,
    HttpNeeds,
    JobsError,
    JobsNeed,
    PersonNeeds
  >
): Module<
  Settings,
  Provides,
  ServicesError | HttpError | JobsError,
  ServicesNeed,
  HttpNeeds | JobsNeed | PersonNeeds
> => {
  const { commands = [], contactPart, http, jobs, name, optional, person, playPart, services, settings } = declaration
  const { about = "", groups = [], pages = [], permissions = [], publicOperations = [], tables = [] } = declaration
  return {
    name,
    isOptional: optional !== undefined,
    needs: optional?.needs ?? [],
    settings: settings ?? ([] as never),
    tables,
    groups: typeof groups === "function" ? groups : () => groups,
    about,
    publicOperations,
    pages,
    permissions,
    playPart,
    contactPart,
    services: services ?? (Layer.empty as never),
    http: http ?? Layer.empty,
    jobs: jobs ?? Layer.empty,
    person: person === undefined ? [] : [person],
    commands
  }
}

export type SettingsOf<M> =
  M extends Module<infer Settings, infer _P, infer _E, infer _S, infer _H> ? IdentifierOf<Settings[number]> : never

/** The services that a module provides to those above it. */
export type ProvidedBy<M> = M extends Module<infer _G, infer Provides, infer _E, infer _S, infer _H> ? Provides : never

/** The errors with which building a module may fail. */
export type ErrorOf<M> = M extends Module<infer _G, infer _P, infer Error, infer _S, infer _H> ? Error : never

type ServicesNeedOf<M> = M extends Module<infer _G, infer _P, infer _E, infer Need, infer _H> ? Need : never
type ElseNeedOf<M> = M extends Module<infer _G, infer _P, infer _E, infer _S, infer Need> ? Need : never

/** What the services of these modules need and neither the platform nor a module below theirs provides. */
type UnmetServices<Ms extends ReadonlyArray<unknown>, Platform> = Ms extends readonly [infer M, ...infer Below]
  ? Exclude<ServicesNeedOf<M>, ProvidedBy<Below[number]> | Platform> | UnmetServices<Below, Platform>
  : never

/** What these modules need and nothing provides. */
export type Unmet<Ms extends ReadonlyArray<unknown>, Platform> =
  | UnmetServices<Ms, Platform>
  | Exclude<ElseNeedOf<Ms[number]>, ProvidedBy<Ms[number]> | Platform>

/**
 * These modules, with `instead` replacing the module of its name: the demonstration and tests bring tasks of their own.
 */
export const withModule = (modules: ReadonlyArray<AnyModule>, instead: AnyModule): ReadonlyArray<AnyModule> =>
  modules.map((module) => (module.name === instead.name ? instead : module))

/** The parts that these modules have in recording a play. */
export const playPartsOf = (modules: ReadonlyArray<AnyModule>): ReadonlyArray<PlayPart> =>
  modules.flatMap(({ playPart }) => playPart ?? [])

/** The parts that these modules have in changes of contacts. */
export const contactPartsOf = (modules: ReadonlyArray<AnyModule>): ReadonlyArray<ContactPart> =>
  modules.flatMap(({ contactPart }) => contactPart ?? [])

/** The groups of these modules' contract. */
export const groupsOf = (modules: ReadonlyArray<AnyModule>): Groups => {
  const parts = playPartsOf(modules)
  const permissions = new Set(modules.flatMap(({ permissions }) => permissions.map(({ name }) => name)))
  return modules.flatMap(({ groups }) => groups(parts, permissions))
}
