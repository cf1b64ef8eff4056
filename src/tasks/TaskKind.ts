import type { Duration, Effect, Schedule, Schema } from "effect"
import type { TaskProgress } from "./Task.ts"
import type { TaskFailure } from "./TaskErrors.ts"

/** An attempt at a task, as its runner sees it. */
export interface Attempt<Input> {
  /** The task's id, the same in every attempt: runners send it as the idempotency key of their calls. */
  readonly taskId: string
  /** 1 for the first. */
  readonly number: number
  readonly input: Input
  /** Shows progress to clients that watch the task. Cheap to call often: only the latest is stored, every half second. */
  readonly report: (progress: TaskProgress) => Effect.Effect<void>
}

/**
 * Does the work of one kind. It is interrupted when the task is cancelled, when it takes longer than the kind allows, and
 * when the service stops. It runs at least once: a task whose process died is attempted again, so its effects outside the
 * service must be repeatable.
 */
export type Run<Input, Content> = (attempt: Attempt<Input>) => Effect.Effect<Content, TaskFailure>

/** A kind of task: its contract, which clients may load, and its runner, whose code only workers load. */
export interface TaskKind<Name extends string, Input, Content, RunnerError, Needs> {
  /** Lower-case letters, digits and single hyphens. */
  readonly name: Name
  readonly title: string
  /** For the API's pages. */
  readonly description: string
  /**
   * Whether everybody may hand in tasks of this kind, and show, follow and cancel the tasks whose ids they hold. Left out: that
   * needs `tasks:write` and `tasks:read`, and to everybody else these tasks do not exist.
   */
  readonly isPublic?: boolean
  readonly input: Schema.Codec<Input, unknown>
  readonly content: Schema.Codec<Content, unknown>
  /**
   * The error codes of this kind's tasks and their meanings, in addition to `commonErrors`.
   */
  readonly errors: { readonly [code: string]: string }
  /** Attempts in all, the first included. */
  readonly attempts: number
  /** The pauses between attempts. The schedule's input is the number of the attempt that failed. */
  readonly retry: Schedule.Schedule<unknown, number>
  /** The longest that an attempt may take. */
  readonly timeout: Duration.Input
  /** How many tasks of this kind may run at the same time over all replicas; null: as many as there are workers. */
  readonly concurrency: number | null
  /** Makes the runner when a process begins its first attempt of the kind. Clients and API-only replicas never load its code. */
  readonly runner: Effect.Effect<Run<Input, Content>, RunnerError, Needs>
}

/** A declaration whose error codes are literal types. */
type Declared<Kind, Code extends string> = Omit<Kind, "errors"> & {
  readonly errors: { readonly [Key in Code]: string }
}

/** Declares a kind, and keeps its literal types. */
export const taskKind = <const Name extends string, const Code extends string, Input, Content, RunnerError, Needs>(
  kind: Declared<TaskKind<Name, Input, Content, RunnerError, Needs>, Code>
): Declared<TaskKind<Name, Input, Content, RunnerError, Needs>, Code> => kind
