import type { Duration, Effect, Schedule, Schema } from "effect"
import type { TaskProgress } from "./Task.ts"
import type { TaskFailure } from "./TaskErrors.ts"

/** An attempt at a task, as its runner sees it. */
export interface Attempt<Input> {
  /** The task's id: the idempotency key of whatever the runner calls, the same in every attempt. */
  readonly taskId: string
  /** 1 for the first. */
  readonly number: number
  readonly input: Input
  /** Shows progress to whoever watches the task; cheap to call often, only the latest of a while is stored. */
  readonly report: (progress: TaskProgress) => Effect.Effect<void>
}

/**
 * Does the work of one kind. It is interrupted when the task is cancelled, takes longer than the kind allows, or the
 * service stops. At least once: an attempt whose process died is made again, so what it does outside must bear repeats.
 */
export type Run<Input, Content> = (attempt: Attempt<Input>) => Effect.Effect<Content, TaskFailure>

/** A kind of task: its contract, which clients may load, and how its runner is made, which only workers load. */
export interface TaskKind<Name extends string, Input, Content, RunnerError, Needs> {
  /** Lower-case letters, digits and single hyphens. */
  readonly name: Name
  readonly title: string
  /** For the API's pages. */
  readonly description: string
  readonly input: Schema.Codec<Input, unknown>
  readonly content: Schema.Codec<Content, unknown>
  /**
   * The codes of the errors that this kind's tasks may end with, besides those of every kind, each with what it means.
   */
  readonly errors: { readonly [code: string]: string }
  /** Attempts in all, the first included. */
  readonly attempts: number
  /** The pauses between attempts; its input is the number of the attempt that failed. */
  readonly retry: Schedule.Schedule<unknown, number>
  /** The longest that an attempt may take. */
  readonly timeout: Duration.Input
  /** How many tasks of this kind run at the same time, over all replicas; null: as many as there are workers. */
  readonly concurrency: number | null
  /** Makes the runner, for the first attempt of its kind: clients and API-only replicas never load its code. */
  readonly runner: Effect.Effect<Run<Input, Content>, RunnerError, Needs>
}

/** A declaration whose codes are known to the types. */
type Declared<Kind, Code extends string> = Omit<Kind, "errors"> & {
  readonly errors: { readonly [Key in Code]: string }
}

/** Keeps the types of a declaration. */
export const taskKind = <const Name extends string, const Code extends string, Input, Content, RunnerError, Needs>(
  kind: Declared<TaskKind<Name, Input, Content, RunnerError, Needs>, Code>
): Declared<TaskKind<Name, Input, Content, RunnerError, Needs>, Code> => kind
