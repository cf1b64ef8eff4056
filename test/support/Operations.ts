import { Context, Option } from "effect"
import { HttpApi, type HttpApiEndpoint, type HttpApiGroup } from "effect/http-api"
import { type AnyModule, groupsOf } from "../../src/Module.ts"
import { Access, Holds, MaybeSignedIn, Presents, PresentsHolder, SignedIn } from "../../src/platform/contract/Access.ts"
import { contractOf } from "../../src/platform/contract/Contract.ts"

/** An operation of the contract, and how it says who may call it. */
export interface Operation {
  /** As faces name it: `group.operation`. */
  readonly name: string
  readonly module: AnyModule
  readonly method: string
  /** With `:id`. */
  readonly path: string
  readonly access: Access["Service"] | undefined
  /** What stands before its handler. */
  readonly middleware: {
    readonly presents: boolean
    readonly signedIn: boolean
    readonly maybeSignedIn: boolean
    readonly presentsHolder: boolean
    readonly holds: boolean
  }
}

const operationOf = (module: AnyModule, group: HttpApiGroup.Constraint, endpoint: HttpApiEndpoint.Top): Operation => {
  const has = ({ key }: { readonly key: string }) =>
    [...endpoint.middlewares].some((middleware) => middleware.key === key)
  return {
    name: `${group.identifier}.${endpoint.identifier}`,
    module,
    method: endpoint.method,
    path: endpoint.path,
    access: Option.getOrUndefined(Context.getOption(endpoint.annotations, Access)),
    middleware: {
      presents: has(Presents),
      signedIn: has(SignedIn),
      maybeSignedIn: has(MaybeSignedIn),
      presentsHolder: has(PresentsHolder),
      holds: has(Holds)
    }
  }
}

/** Every operation of these modules, as the contract of the service has it. */
export const operationsOf = (modules: ReadonlyArray<AnyModule>): ReadonlyArray<Operation> =>
  modules.flatMap((module) => {
    const [first, ...more] = groupsOf([module])
    if (first === undefined) return []
    const found: Array<Operation> = []
    HttpApi.reflect(contractOf(first, ...more), {
      onGroup: () => undefined,
      onEndpoint: ({ endpoint, group }) => void found.push(operationOf(module, group, endpoint))
    })
    return found
  })
