import { Cause, Console, Effect, Exit, Option, Runtime } from "effect"
import { writeSync } from "node:fs"
import { whyOf } from "../FileErrors.ts"
import * as Terminal from "./Terminal.ts"

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
    return Terminal.complain(hasMessage(error) ? error.message : Cause.pretty(cause))
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

/** SIGTERM and Ctrl-C are how the service is asked to stop: having stopped in order, it exits with 0 unless something has failed. */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
    ? onExit(Number(process.exitCode ?? 0))
    : Runtime.defaultTeardown(exit, onExit)

/** Stops in order, as by SIGTERM. */
const stop = () => {
  // Nobody listens when the end has come already: the signal would be a violent one.
  if (process.listenerCount("SIGTERM") > 0) process.kill(process.pid, "SIGTERM")
}

const tell = (line: string) => {
  try {
    writeSync(2, `${line}\n`)
  } catch {
    // Standard error may be where standard output is.
  }
}

let isTold = false
let isLogOnly = false

/**
 * Standard output cannot be written, and without a listener that is an uncaught error. A reader that has gone, as `head` does when it
 * has its lines, is no failure. A full disk is: a command has not said what it is for. A service goes on, for what it writes there
 * is its log.
 */
const lost = (error: NodeJS.ErrnoException): void => {
  if (error.code === "EPIPE") return stop()
  if (!isTold)
    tell(`Standard output cannot be written: ${whyOf(error)}.${isLogOnly ? " The service goes on without it." : ""}`)
  isTold = true
  if (isLogOnly) return
  process.exitCode = 1
  stop()
}

/** Ends in order when standard output cannot be written. */
export const withReader = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    process.stdout.on("error", lost)
    return effect
  })

/** For a service: what it writes to standard output is but its log. */
export const withLogOnly = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    isLogOnly = true
    return effect
  })
