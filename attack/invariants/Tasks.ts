/** A task that was answered with 202. */
export interface Accepted {
  readonly id: string
  readonly key: string
}

/** The end of a task, as seen by a client that asked for it. */
export interface SeenEnd {
  readonly id: string
  readonly status: string
  readonly content: unknown
}

export interface StoredTask {
  readonly id: string
  readonly key: string | null
  readonly status: string
  readonly content: unknown
  readonly attempts: number
  /** Whether the queue holds it. */
  readonly isQueued: boolean
}

/** Whether two JSON values are equal, whatever the order of their fields. */
const same = (one: unknown, other: unknown): boolean => {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner
    )
  return text(one) === text(other)
}

/** Accepted tasks that are lost, missing from the queue, ended twice, or different from what clients saw. */
export const taskFaults = (
  accepted: ReadonlyArray<Accepted>,
  ends: ReadonlyArray<SeenEnd>,
  stored: ReadonlyArray<StoredTask>
): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const rows = new Map(stored.map((task) => [task.id, task]))
  const byKey = new Map<string, string>()
  for (const { id, key } of accepted) {
    const known = byKey.get(key)
    if (known !== undefined && known !== id)
      faults.push(`the key ${key} was answered with the tasks ${known} and ${id}`)
    byKey.set(key, id)
    const row = rows.get(id)
    if (row === undefined) faults.push(`the task ${id} (key ${key}) was accepted and is not stored`)
    else if (row.key !== key) faults.push(`the task ${id} is stored with the key ${row.key}, not ${key}`)
  }
  for (const [key, tasks] of Map.groupBy(stored, (task) => task.key)) {
    if (key !== null && tasks.length > 1) faults.push(`the key ${key} made ${tasks.length} tasks`)
  }
  for (const { attempts, id, isQueued, status } of stored) {
    const isOpen = status === "queued" || status === "running"
    if (isOpen !== isQueued) faults.push(`the task ${id} is ${status} and is ${isQueued ? "" : "not "}in the queue`)
    if (status === "succeeded" && attempts < 1) faults.push(`the task ${id} succeeded without an attempt`)
  }
  for (const { content, id, status } of ends) {
    const row = rows.get(id)
    if (row === undefined) continue
    if (row.status !== status || !same(row.content, content)) {
      faults.push(`the task ${id} was seen ${status} and is stored as ${row.status}, or with another content`)
    }
  }
  return faults
}
