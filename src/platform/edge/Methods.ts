import { Context, Option } from "effect"
import { FindMyWay } from "effect/http"
import { Access } from "../contract/Access.ts"
import { BodyLimit } from "../contract/BodyLimit.ts"
import { isExact, routerConfig } from "./ExactPaths.ts"

/** A route that is served in addition to the API's endpoints. */
export interface ExtraRoute {
  readonly method: "GET" | "POST"
  readonly path: `/${string}`
}

/** Which methods a path has. Only used if the router found no route, so speed does not matter. */
export interface Methods {
  readonly has: (method: string, path: string) => boolean
  /** The value of `Allow` for a path, or undefined if no route has it. */
  readonly allow: (path: string) => string | undefined
  /** Every method that some path has, in the format of `Allow`. Answers `OPTIONS *`. */
  readonly all: string
}

interface Endpoint {
  readonly method: string
  readonly path: string
  readonly annotations: Context.Context<never>
}

/** The part of an `HttpApi` that the edge needs. */
export interface Contract {
  readonly groups: {
    readonly [name: string]: {
      readonly endpoints: { readonly [name: string]: Endpoint }
    }
  }
}

/** Every route, as method and path pattern. */
export const routesOf = (
  api: Contract,
  extra: ReadonlyArray<ExtraRoute>
): ReadonlyArray<{ readonly method: string; readonly path: string }> => [
  ...Object.values(api.groups).flatMap((group) => Object.values(group.endpoints)),
  ...extra
]

const order = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

const list = (methods: ReadonlySet<string>): string =>
  order.filter((method) => method === "OPTIONS" || methods.has(method === "HEAD" ? "GET" : method)).join(", ")

export const make = (api: Contract, extra: ReadonlyArray<ExtraRoute>): Methods => {
  const routes = routesOf(api, extra)
  const methods = new Set(routes.map((route) => route.method))
  const router = FindMyWay.make<true>(routerConfig)
  for (const { method, path } of routes) router.on(method, path as FindMyWay.PathInput, true)
  const all = list(methods)
  return {
    all,
    has: (method, path) => router.find(method === "HEAD" ? "GET" : method, path) !== undefined,
    allow: (path) => {
      if (!isExact(path)) return undefined
      const found = new Set([...methods].filter((method) => router.find(method, path) !== undefined))
      return found.size === 0 ? undefined : list(found)
    }
  }
}

/**
 * The operations that need no credential, or that the pages of a game call with a player's token, in the format of `Methods`. Such a
 * token is no cookie: a page can only send one that it was given.
 */
export const openOf = (api: Contract): Methods => {
  const isOpen = ({ annotations }: Endpoint) =>
    Option.match(Context.getOption(annotations as Context.Context<Access>, Access), {
      onNone: () => true,
      onSome: ({ isHolder, isOptional }) => isOptional || isHolder
    })
  const endpoints = Object.values(api.groups)
    .flatMap((group) => Object.values(group.endpoints))
    .filter(isOpen)
  return make({ groups: { open: { endpoints: Object.fromEntries(endpoints.entries()) } } }, [])
}

/** The largest body of an operation that may be larger than others; undefined: of no such one. */
export const bodyLimitsOf = (api: Contract): ((method: string, path: string) => number | undefined) => {
  const router = FindMyWay.make<number>(routerConfig)
  for (const { annotations, method, path } of Object.values(api.groups).flatMap(({ endpoints }) =>
    Object.values(endpoints)
  )) {
    const limit = Context.getOption(annotations as Context.Context<BodyLimit>, BodyLimit)
    if (Option.isSome(limit)) router.on(method, path as FindMyWay.PathInput, limit.value)
  }
  return (method, path) => router.find(method, path)?.handler
}
