import { Effect } from "effect"
import { Worker } from "node:worker_threads"
import type { Job } from "./HashThread.ts"

/**
 * Threads for hashes of passwords, with a lower priority than the event loop has: a storm of sign-ins takes the processor that plays
 * leave. In libuv's pool the hashes would have the same priority, and take two of the four threads that files and names of hosts
 * need. They are started when they are needed, and end with the scope.
 */
export const make = Effect.gen(function* () {
  const idle: Array<Worker> = []
  const all = new Set<Worker>()
  yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all([...all].map((thread) => thread.terminate()))))

  const start = () => {
    const thread = new Worker(new URL("HashThread.ts", import.meta.url), {
      // The service's own flags are not for the thread, whose heap is small: OpenSSL takes the memory of a hash from elsewhere.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }
    })
    // One that waits does not keep the process alive, and does not end it when it fails.
    thread.unref()
    thread.on("error", () => undefined)
    thread.on("exit", () => {
      all.delete(thread)
      if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
    })
    all.add(thread)
    return thread
  }

  /** The hash's tag. Not interruptible, as the thread is not. */
  return (job: Job): Effect.Effect<Uint8Array> =>
    Effect.uninterruptible(
      Effect.callback<Uint8Array>((resume) => {
        const thread = idle.pop() ?? start()
        const leave = () => {
          thread.off("message", done)
          thread.off("error", failed)
          thread.off("exit", ended)
          thread.unref()
        }
        const done = (tag: Uint8Array) => {
          leave()
          idle.push(thread)
          resume(Effect.succeed(tag))
        }
        const failed = (error: unknown) => {
          leave()
          resume(Effect.die(error))
        }
        const ended = () => failed(new Error("A thread that hashes passwords has ended"))
        thread.on("message", done)
        thread.on("error", failed)
        thread.on("exit", ended)
        thread.ref()
        thread.postMessage(job)
      })
    )
})
