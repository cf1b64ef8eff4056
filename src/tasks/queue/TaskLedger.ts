import { Context, type Effect } from "effect"
import type { Progress } from "../TaskKind.ts"

/** An attempt that is this process's to make. */
export interface Claim {
  readonly input: unknown
  /** `<trace id>-<span id>` of the request that handed the task in. */
  readonly trace: string | null
  /** How long the task has waited since it could have begun. */
  readonly waitedSeconds: number
  /**
   * Ends when the task was cancelled, or belongs to another replica now: the attempt is to stop, and its end is
   * nobody's business.
   */
  readonly stopped: Effect.Effect<"cancelled" | "lost">
}

/** The end of a task. */
export type Final =
  | { readonly status: "succeeded"; readonly content: string }
  | { readonly status: "failed"; readonly code: string; readonly detail: string }

/** What an attempt reads and writes of its task, apart from the queue. */
export class TaskLedger extends Context.Service<
  TaskLedger,
  {
    /** Undefined: there is nothing to do, the task is over or gone. */
    readonly claimOf: (taskId: string, attempts: number) => Claim | undefined
    /** Ends the task. False: it was not this attempt's to end any more. `content` is JSON text. */
    readonly finish: (taskId: string, attempts: number, final: Final) => Effect.Effect<boolean>
    /** Notes how far the task is; stored now and then. */
    readonly report: (taskId: string, attempts: number, progress: Progress) => Effect.Effect<void>
  }
>()("fairground/tasks/TaskLedger") {}
