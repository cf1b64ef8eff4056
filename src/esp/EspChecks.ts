import { Effect, Layer } from "effect"
import { leavable } from "../platform/Leavable.ts"
import { forLog } from "../platform/observe/Redaction.ts"
import { EspClient, type EspConnection, type EspError, type Finding } from "./EspClient.ts"
import { EspLastChecks } from "./EspLastChecks.ts"

/** The result of checking one connection. */
export interface Checked {
  readonly name: string
  readonly provider: string
  readonly findings: ReadonlyArray<Finding>
}

const checkTimeout = "20 seconds"

const wordsOf = (error: EspError): string => {
  switch (error._tag) {
    case "EspUnavailable":
      return `the provider could not be asked (${error.reason})`
    case "EspMisconfigured":
    case "EspRejected":
      return error.reason
  }
}

/** Checks one connection. Never fails. */
export const checkOne = (name: string, { check, provider }: EspConnection): Effect.Effect<Checked> =>
  check.pipe(
    leavable,
    Effect.timeoutOrElse({
      duration: checkTimeout,
      orElse: () =>
        Effect.succeed([{ level: "error", what: `the provider did not answer within ${checkTimeout}` }] as const)
    }),
    Effect.catch((error) => Effect.succeed([{ level: "error", what: wordsOf(error) }] as const)),
    Effect.catchCause((cause) =>
      Effect.as(Effect.logError("The check of a connection has a defect", forLog(cause)), [
        { level: "error", what: "the check itself failed; the log has more" }
      ] as const)
    ),
    Effect.map((findings) => ({ name, provider, findings }))
  )

/** Checks all connections concurrently. Never fails: a provider that cannot be reached is a finding too. */
export const checkAll: Effect.Effect<ReadonlyArray<Checked>, never, EspClient> = Effect.flatMap(
  EspClient,
  ({ connections }) =>
    Effect.forEach(connections, ([name, connection]) => checkOne(name, connection), { concurrency: 4 })
)

/** Checks in the background at startup: a provider that is down must not keep the service from taking plays. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { note } = yield* EspLastChecks
    const all = yield* checkAll
    for (const checked of all) yield* note(checked)
    for (const { findings, name: esp } of all) {
      for (const { level, what } of findings) {
        if (level !== "ok") yield* Effect.logWarning(`ESP connection ${esp}: ${what}`, { esp, level })
      }
    }
  }).pipe(Effect.forkScoped)
)
