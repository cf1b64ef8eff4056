import { Context, Effect, type Fiber, identity, Option, References, Tracer } from "effect"

type WithSpan = (
  name: string,
  options?: Tracer.SpanOptionsNoTrace
) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * `Effect.withSpan` for the way of a play, or nothing where there is no collector to send spans to: a span that nobody
 * sees costs its stack trace and its context all the same, together a tenth of a play.
 */
export const spans: Effect.Effect<WithSpan> = Effect.map(
  References.TracerEnabled,
  (isEnabled): WithSpan =>
    (name, options) =>
      isEnabled ? (effect) => Effect.withSpan(effect, name, options) as typeof effect : identity
)

/** The span that a fiber is under, to show work under it that another fiber does. */
export const spanOf = (fiber: Fiber.Fiber<unknown, unknown>): Tracer.AnySpan | undefined =>
  Option.getOrUndefined(Context.getOption(fiber.context, Tracer.ParentSpan))
