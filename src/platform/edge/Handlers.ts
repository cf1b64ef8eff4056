import { Context, Effect, Layer, Scope } from "effect"
import { HttpApiBuilder, type HttpApiGroup } from "effect/http-api"

type AnyContext = Context.Context<never>

/** These services of a context. Those that it lacks are left out. */
const only = (context: AnyContext, keys: Iterable<string>): AnyContext =>
  Context.makeUnsafe(
    new Map(
      [...keys].flatMap((key) => (context.mapUnsafe.has(key) ? [[key, context.mapUnsafe.get(key)] as const] : []))
    )
  )

const building = [Scope.Scope.key, Layer.CurrentMemoMap.key]

/**
 * Builds a layer that keeps nothing of the context around it but what `around` says, and its scope. The layer itself must be
 * complete, or need no more than that.
 */
export const isolated = <A, E>(layer: Layer.Layer<A, E>, around: AnyContext): Layer.Layer<A, E> =>
  Layer.effectContext(
    Effect.updateContext(Layer.build(layer), (context: Context.Context<Scope.Scope>) =>
      Context.merge(around as Context.Context<Scope.Scope>, only(context as AnyContext, building))
    )
  )

/**
 * The handlers of a group, as `HttpApiBuilder.group` makes them, but lean: they take their services while they are built, so that none
 * is left to the request. The framework copies the context in which a group was built into that of each request. With the services
 * of all modules in it, that was a fifth of the CPU of a play.
 */
export const group: typeof HttpApiBuilder.group = ((
  api: never,
  identifier: never,
  build: (handlers: never) => Effect.Effect<unknown> | object
) =>
  Layer.unwrap(
    Effect.contextWith((context: AnyContext) => {
      const { groups } = api as { readonly groups: Readonly<Record<string, HttpApiGroup.Top>> }
      const middlewares = Object.values(groups[identifier]?.endpoints ?? {}).flatMap(({ middlewares }) =>
        [...middlewares].map(({ key }) => key)
      )
      const made = HttpApiBuilder.group(api, identifier, ((handlers: never) => {
        const built = build(handlers)
        return Effect.isEffect(built) ? Effect.provideContext(built, context) : built
      }) as never)
      return Effect.succeed(isolated(made as Layer.Layer<never>, only(context, middlewares)))
    })
  )) as never
