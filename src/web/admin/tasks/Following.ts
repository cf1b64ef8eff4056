import { TaskId } from "../../../tasks/Task.ts"

const tail = 12

/**
 * The id after this one: the list of tasks after it begins with this task, if there is one. So one task is read as it is stored, of
 * whatever kind, also of one that this version does not know; `GET /api/v1/tasks/{id}` has it in its kind's shape only.
 */
export const following = (id: TaskId): TaskId => {
  const end = (BigInt(`0x${id.slice(-tail)}`) + 1n).toString(16).padStart(tail, "0")
  return end.length > tail ? id : TaskId.make(id.slice(0, -tail) + end)
}
