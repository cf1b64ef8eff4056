import { Effect, Exit, type Redacted, Schedule, Scope } from "effect"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import manifest from "../../package.json" with { type: "json" }
import { databaseProxy, type FaultProxy } from "../../test/support/esp/FaultProxy.ts"
import * as Service from "../../test/support/service/Service.ts"
import { AttackError } from "../run/AttackError.ts"
import { timeouts } from "../fuzz/Fuzzer.ts"

/** A process under attack. It keeps its port and its proxy to the database across restarts. */
export interface Replica {
  readonly index: number
  readonly port: number
  readonly base: string
  readonly proxy: FaultProxy
  /** The healthy serving process and how often it has been interrupted; undefined while it is killed or stopped. */
  readonly serving: () => { readonly pid: number; readonly epoch: number } | undefined
  readonly signal: (name: NodeJS.Signals) => void
  /** Records that it is paused or no longer paused. */
  readonly rest: (isResting: boolean) => void
  /** How it ended, once it has. */
  readonly exited: () => Promise<number | NodeJS.Signals | null>
  /** The log of the current process. */
  readonly log: () => string
  /** Starts it again after its end. */
  readonly restart: Effect.Effect<void, AttackError>
}

const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

// The command of the package's own script. The process ends if this one is killed without running its finalizers.
const script = [
  "--import",
  new URL("../../scripts/follow.mjs", import.meta.url).href,
  ...manifest.scripts.fairground.split(" ").filter((word) => word.startsWith("--")),
  fileURLToPath(new URL("../../src/main.ts", import.meta.url)),
  "serve"
]

/** Processes start while others are attacked, possibly on a busy machine. */
const patience = Schedule.spaced("20 millis").pipe(Schedule.upTo({ duration: "3 minutes" }))

const settings = {
  HEADER_TIMEOUT: `${timeouts.header} millis`,
  REQUEST_TIMEOUT: `${timeouts.request} millis`,
  SHUTDOWN_GRACE: "5 seconds",
  // All requests come from one address.
  RATE_LIMIT_PAGES: "off",
  // Without it, what keeps a secret is answered with 501, and is never reached.
  SECRETS_KEY: Buffer.alloc(32, 1).toString("base64"),
  TASK_LEASE: "5 seconds",
  TASK_RETENTION: "1 day"
}

/** The end of one of its processes. */
export interface Ended {
  readonly replica: number
  readonly how: number | NodeJS.Signals | null
  /** Whether it ended without being asked to. */
  readonly isUnasked: boolean
  readonly log: string
}

/** Starts a replica that runs until the scope closes. `onEnd` is called when one of its processes ends. */
export const start = Effect.fnUntraced(function* (
  index: number,
  url: Redacted.Redacted<string>,
  env: Readonly<Record<string, string>>,
  onEnd: (ended: Ended) => void
): Effect.fn.Return<Replica, AttackError, Scope.Scope> {
  const port = yield* freePort
  const base = `http://127.0.0.1:${port}`
  const { proxy, through } = yield* databaseProxy(url)

  const launch = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const service = yield* Service.spawned(
      through,
      { ...settings, ...env, PORT: String(port), PUBLIC_URL: base },
      script
    ).pipe(Scope.provide(scope))
    const state = Effect.sync(() =>
      service.hasEnded() ? "ended" : service.log().includes("Fairground serves") ? "serves" : "starts"
    )
    const reached = yield* Effect.repeat(state, { schedule: patience, until: (now) => now !== "starts" })
    if (reached === "serves") return { service, close: Scope.close(scope, Exit.void) }
    yield* Scope.close(scope, Exit.void)
    return yield* new AttackError({ message: `replica ${index} did not start (${reached}):\n${service.log()}` })
  })

  let isResting = false
  let epoch = 0
  let hasEnded = false
  const watch = ({ service }: Effect.Success<typeof launch>) => {
    hasEnded = false
    void service.exited.then((how) => {
      epoch++
      hasEnded = true
      onEnd({ replica: index, how, isUnasked: !isResting, log: service.log() })
    })
  }
  let running = yield* launch
  watch(running)
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isResting = true
      return running.close
    })
  )

  return {
    index,
    port,
    base,
    proxy,
    serving: () => (isResting || hasEnded ? undefined : { pid: running.service.pid, epoch }),
    signal: (name) => running.service.signal(name),
    rest: (to) => {
      isResting = to
      epoch++
    },
    exited: () => running.service.exited,
    log: () => running.service.log(),
    restart: Effect.gen(function* () {
      yield* Effect.promise(() => running.service.exited)
      yield* running.close
      running = yield* launch
      epoch++
      isResting = false
      watch(running)
    })
  }
})
