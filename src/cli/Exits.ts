import { Cause, Console, Effect, Exit, Option, Runtime } from "effect"

const hasMessage = (error: unknown): error is { readonly message: string } =>
  typeof error === "object" &&
  error !== null &&
  "message" in error &&
  typeof error.message === "string" &&
  error.message !== ""

/** Errors that the command line has shown already. */
const isShown = (error: unknown) =>
  typeof error === "object" && error !== null && "_tag" in error && String(error._tag) === "ShowHelp"

/** Says what went wrong: an expected failure by its message alone, a defect with all that is known. */
export const explain = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.tapCause(effect, (cause) => {
    if (Cause.hasInterruptsOnly(cause)) return Effect.void
    const error = Option.getOrUndefined(Cause.findErrorOption(cause))
    if (isShown(error)) return Effect.void
    return Console.error(hasMessage(error) ? error.message : Cause.pretty(cause))
  })

/** For a command that has not done what it is for when it is stopped: it says so, and the program exits with 1. */
export const failingWhenStopped =
  (message: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onInterrupt(effect, () =>
      // An interrupted program ends with nothing but its interruption, whatever fails on the way.
      Effect.andThen(
        Console.error(message),
        Effect.sync(() => {
          process.exitCode = 1
        })
      )
    )

/** SIGTERM and Ctrl-C are how the service is asked to stop: having stopped in order, it exits with 0. */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
    ? onExit(Number(process.exitCode ?? 0))
    : Runtime.defaultTeardown(exit, onExit)

/**
 * Stops in order, as by SIGTERM, when whoever reads standard output has gone, as `head` does when it has its lines. That is no
 * failure, and without this it is a defect.
 */
export const withReader = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error
      // Nobody listens when the end has come already: the signal would be a violent one.
      if (process.listenerCount("SIGTERM") > 0) process.kill(process.pid, "SIGTERM")
    })
    return effect
  })
