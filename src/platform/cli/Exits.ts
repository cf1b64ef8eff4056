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

/** Errors that the command line has already shown. */
const isShown = (error: unknown) =>
  typeof error === "object" && error !== null && "_tag" in error && String(error._tag) === "ShowHelp"

/** Prints what went wrong: only the message of an expected failure, but every detail of a defect. */
export const explain = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.tapCause(effect, (cause) => {
    if (Cause.hasInterruptsOnly(cause)) return Effect.void
    const error = Option.getOrUndefined(Cause.findErrorOption(cause))
    if (isShown(error)) return Effect.void
    return Terminal.complain(hasMessage(error) ? error.message : Cause.pretty(cause))
  })

/** For a command that is stopped before it has done its work: prints the message and makes the program exit with 1. */
export const failingWhenStopped =
  (message: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onInterrupt(effect, () =>
      // The exit of an interrupted program holds only the interruption, so a failure here would be lost.
      Effect.andThen(
        Console.error(message),
        Effect.sync(() => {
          process.exitCode = 1
        })
      )
    )

/**
 * SIGTERM and Ctrl-C are the normal way to stop the service: after a clean stop it exits with 0 unless something has
 * failed.
 */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
    ? onExit(Number(process.exitCode ?? 0))
    : Runtime.defaultTeardown(exit, onExit)

/** Shuts down cleanly, as SIGTERM does. */
const stop = () => {
  // Without a listener the program is already ending, and the signal would kill it.
  if (process.listenerCount("SIGTERM") > 0) process.kill(process.pid, "SIGTERM")
}

const report = (line: string) => {
  try {
    writeSync(2, `${line}\n`)
  } catch {
    // Standard error may be the same broken file as standard output.
  }
}

let isReported = false
let isLogOnly = false

/**
 * Handles a failed write to standard output, which would be an uncaught error without a listener. A closed pipe is not
 * a failure: `head` closes it once it has its lines. A full disk is a failure of a command, because its result is lost.
 * A service continues, because it only writes its log there.
 */
const onOutputError = (error: NodeJS.ErrnoException): void => {
  if (error.code === "EPIPE") return stop()
  if (!isReported)
    report(`Standard output cannot be written: ${whyOf(error)}.${isLogOnly ? " The service goes on without it." : ""}`)
  isReported = true
  if (isLogOnly) return
  process.exitCode = 1
  stop()
}

/** Shuts down cleanly when standard output cannot be written. */
export const withReader = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    process.stdout.on("error", onOutputError)
    return effect
  })

/** For a service, which writes only its log to standard output. */
export const withLogOnly = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    isLogOnly = true
    return effect
  })
