import { Effect } from "effect"
import type { Fault, Inflicting } from "./Fault.ts"

/** In seconds. Longer than `SHUTDOWN_GRACE`, to allow for a busy machine. */
const longestStop = 30

const at = ({ arena, replica }: Inflicting) => {
  const found = arena.replicas[replica]
  return found === undefined ? Effect.die(new Error(`There is no replica ${replica}.`)) : Effect.succeed(found)
}

export const processFaults: ReadonlyArray<Fault> = [
  {
    name: "kill -9",
    needs: "mortal",
    inflict: (inflicting) =>
      Effect.gen(function* () {
        const replica = yield* at(inflicting)
        const away = inflicting.random.int(0, 1000)
        inflicting.trouble({ replica: replica.index, of: "process" })
        replica.rest(true)
        replica.signal("SIGKILL")
        yield* Effect.promise(replica.exited)
        yield* Effect.sleep(away)
        yield* replica.restart
      })
  },
  {
    name: "TERM",
    needs: "mortal",
    inflict: (inflicting) =>
      Effect.gen(function* () {
        const { arena, step, trouble } = inflicting
        const replica = yield* at(inflicting)
        trouble({ replica: replica.index, of: "process" })
        replica.rest(true)
        replica.signal("SIGTERM")
        const how = yield* Effect.promise(replica.exited).pipe(
          Effect.timeoutOrElse({ duration: `${longestStop} seconds`, orElse: () => Effect.succeed("never" as const) })
        )
        if (how !== 0) {
          arena.findings.add({
            invariant: "stop",
            step,
            what: `replica ${replica.index} ended after SIGTERM with ${String(how)}, not with 0`
          })
          replica.signal("SIGKILL")
        }
        yield* replica.restart
      })
  },
  {
    name: "STOP and CONT",
    needs: "any",
    inflict: (inflicting) =>
      Effect.gen(function* () {
        const replica = yield* at(inflicting)
        const millis = inflicting.random.pick([200, 1000, 3000, 7000])
        inflicting.trouble({ replica: replica.index, of: "process" })
        replica.rest(true)
        replica.signal("SIGSTOP")
        yield* Effect.sleep(millis)
        replica.signal("SIGCONT")
        replica.rest(false)
      })
  }
]
