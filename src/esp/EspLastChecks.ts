import { Context, DateTime, Effect, Layer } from "effect"
import type { Finding } from "./EspClient.ts"

/** What a check found, and when it ended. */
export interface LastCheck {
  readonly at: DateTime.Utc
  readonly findings: ReadonlyArray<Finding>
}

/** The last check of each connection in this process: one is made at the start. */
export class EspLastChecks extends Context.Service<
  EspLastChecks,
  {
    readonly note: (checked: {
      readonly name: string
      readonly findings: ReadonlyArray<Finding>
    }) => Effect.Effect<void>
    readonly of: (name: string) => LastCheck | undefined
  }
>()("fairground/esp/EspLastChecks") {
  static readonly layer = Layer.sync(EspLastChecks, () => {
    const last = new Map<string, LastCheck>()
    return EspLastChecks.of({
      note: ({ findings, name }) => Effect.map(DateTime.now, (at) => void last.set(name, { at, findings })),
      of: (name) => last.get(name)
    })
  })
}
