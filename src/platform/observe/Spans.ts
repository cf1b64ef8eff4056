import { Context, Effect, type Fiber, identity, Option, References, Tracer } from "effect"

type WithSpan = (
  name: string,
  options?: Tracer.SpanOptionsNoTrace
) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * `Effect.withSpan` for the path of a play, or a no-op if there is no collector. Unused spans would still cost their stack
 * traces and contexts, together a tenth of a play.
 */
export const spans: Effect.Effect<WithSpan> = Effect.map(
  References.TracerEnabled,
  (isEnabled): WithSpan =>
    (name, options) =>
      isEnabled ? (effect) => Effect.withSpan(effect, name, options) as typeof effect : identity
)

/** The current span of a fiber. Work that another fiber does for it can be shown under this span. */
export const spanOf = (fiber: Fiber.Fiber<unknown, unknown>): Tracer.AnySpan | undefined =>
  Option.getOrUndefined(Context.getOption(fiber.context, Tracer.ParentSpan))
