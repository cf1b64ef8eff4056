import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import type { Settings } from "../platform/settings/Settings.ts"
import type { SettingsError } from "../platform/settings/SettingsGroup.ts"
import { TaskCallbacksApi } from "./callbacks/TaskCallbacksApi.ts"
import * as TaskCallbacksHttp from "./callbacks/TaskCallbacksHttp.ts"
import * as TaskCallbacksJobs from "./callbacks/TaskCallbacksJobs.ts"
import * as Sandbox from "./integrations/Sandbox.ts"
import { Integrations } from "./integrations/Integrations.ts"
import { TruthOrDareSettings } from "./kinds/truth-or-dare/TruthOrDareSettings.ts"
import * as Runners from "./Runners.ts"
import { type AnyTaskKind, TaskKinds, taskKinds } from "./TaskKinds.ts"
import { TaskRunner } from "./TaskRunner.ts"
import { Tasks } from "./Tasks.ts"
import { type TasksApi, tasksApi } from "./TasksApi.ts"
import { task } from "./TasksCli.ts"
import * as TasksHttp from "./TasksHttp.ts"
import * as TasksJobs from "./TasksJobs.ts"
import { TasksSettings } from "./TasksSettings.ts"

/** Background work: tasks of these kinds. */
export const tasksModule = <const Kinds extends ReadonlyArray<AnyTaskKind>>(
  kinds: Kinds,
  integrations: Layer.Layer<
    Integrations,
    SettingsError,
    Settings | TasksSettings | TruthOrDareSettings
  > = Integrations.layer
) => {
  // Cast: the handlers ask the kinds for their shapes themselves.
  const group = tasksApi(kinds) as unknown as typeof TasksApi
  return defineModule({
    name: "tasks",
    optional: { needs: [] },
    settings: [TasksSettings, TruthOrDareSettings],
    tables: ["task", "task_queue", "task_callback", "task_callback_secret"],
    groups: [group, TaskCallbacksApi],
    about: "Beside that it does slow work in the background, as tasks.",
    publicOperations: ["taskCallbacks.receive"],
    permissions: [
      {
        name: "tasks:read",
        description: "See tasks, with what they were asked to do.",
        roles: ["viewer", "editor", "admin", "owner"]
      },
      {
        name: "tasks:write",
        description: "Hand in tasks of every kind, retry and cancel tasks.",
        roles: ["editor", "admin", "owner"]
      }
    ],
    services: TaskRunner.layerOf(kinds).pipe(
      Layer.provideMerge(Runners.layerOf(integrations)),
      Layer.provideMerge(Tasks.layer),
      Layer.provideMerge(TaskKinds.layerOf(kinds))
    ),
    http: Layer.merge(TasksHttp.layerOf(group), TaskCallbacksHttp.layer),
    jobs: Layer.merge(TasksJobs.layer, TaskCallbacksJobs.layer),
    commands: [task]
  })
}

export const TasksModule = tasksModule(taskKinds)

/** For the demonstration: the sandbox in addition to the integrations of the settings. */
export const TasksDemoModule = tasksModule(taskKinds, Sandbox.layer)
