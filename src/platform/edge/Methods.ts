import { FindMyWay } from "effect/http"
import { isExact, routerConfig } from "./ExactPaths.ts"

/** A route that is served in addition to the API's endpoints. */
export interface ExtraRoute {
  readonly method: "GET" | "POST"
  readonly path: `/${string}`
}

/** Which methods a path has. Only used if the router found no route, so speed does not matter. */
export interface Methods {
  /** The value of `Allow` for a path, or undefined if no route has it. */
  readonly allow: (path: string) => string | undefined
  /** Every method that some path has, in the format of `Allow`. Answers `OPTIONS *`. */
  readonly all: string
}

/** The part of an `HttpApi` that the edge needs. */
export interface Contract {
  readonly groups: {
    readonly [name: string]: {
      readonly endpoints: { readonly [name: string]: { readonly method: string; readonly path: string } }
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
    allow: (path) => {
      if (!isExact(path)) return undefined
      const found = new Set([...methods].filter((method) => router.find(method, path) !== undefined))
      return found.size === 0 ? undefined : list(found)
    }
  }
}
