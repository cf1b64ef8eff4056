import { Context, Layer } from "effect"
import type { TaskKind } from "./TaskKind.ts"
import { truthOrDare } from "./kinds/truth-or-dare/TruthOrDare.ts"

/** Every kind of task, in the order in which the API's pages show them. */
export const taskKinds = [truthOrDare] as const

// oxlint-disable-next-line typescript/no-explicit-any -- each kind has its own input, content, error and needs
export type AnyTaskKind = TaskKind<string, any, any, any, any>

/** The kinds that this process knows, by name. */
export class TaskKinds extends Context.Service<TaskKinds, ReadonlyMap<string, AnyTaskKind>>()(
  "fairground/tasks/TaskKinds"
) {
  static readonly layerOf = (kinds: ReadonlyArray<AnyTaskKind>) =>
    Layer.succeed(TaskKinds, new Map(kinds.map((kind) => [kind.name, kind])))

  static readonly layer = TaskKinds.layerOf(taskKinds)
}
