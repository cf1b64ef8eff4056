import { DateTime } from "effect"
import { useMemo } from "react"
import { TaskId, TaskStatus } from "../../../tasks/Task.ts"
import { taskKinds } from "../../../tasks/TaskKinds.ts"
import type { TaskRecord } from "../../../tasks/TaskRecord.ts"
import { Client } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useLive } from "../LiveStream.ts"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { id as idOf, oneOf, type Raw, text } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Filters, NoneFits } from "../ui/Filters.tsx"
import { type Column, List } from "../ui/List.tsx"
import { LiveDot } from "../ui/LiveDot.tsx"
import { Select } from "../ui/Select.tsx"
import { Time } from "../ui/Time.tsx"
import { States } from "./Counts.tsx"
import { RetryAll } from "./RetryAll.tsx"
import { Doing, StatusBadge, useKindTitle } from "./State.tsx"
import { TaskDrawer } from "./TaskDrawer.tsx"
import "./tasks.css"

const ages = ["hour", "day", "week", "older"] as const

const read = (raw: Raw) => {
  const kind = text(raw["kind"])
  return {
    kind: kind === undefined || kind.length > 100 ? undefined : kind,
    status: oneOf(TaskStatus.literals, raw["status"]),
    age: oneOf(ages, raw["age"]),
    id: idOf(TaskId)(raw["id"])
  }
}

const hours = { hour: 1, day: 24, week: 24 * 7, older: 24 * 7 }

const rangeOf = (age: (typeof ages)[number] | undefined) => {
  if (age === undefined) return {}
  const at = DateTime.makeUnsafe(Date.now() - hours[age] * 3_600_000)
  return age === "older" ? { until: at } : { since: at }
}

const useColumns = (): ReadonlyArray<Column<TaskRecord>> => {
  const words = useWords().tasks
  const format = useFormat()
  const titleOf = useKindTitle()
  return [
    {
      title: words.kind,
      cell: ({ id, kind }) => (
        <span className="who">
          <span>
            <span className="clip">{titleOf(kind)}</span>
            <span className="clip quiet small" style={{ fontWeight: 400 }} dir="ltr">
              {id.slice(-12)}
            </span>
          </span>
        </span>
      )
    },
    { title: words.statusTitle, isNarrow: true, cell: ({ status }) => <StatusBadge status={status} /> },
    { title: words.progress, from: "phone", cell: (task) => <Doing task={task} /> },
    {
      title: words.attempts,
      isNumber: true,
      from: "tablet",
      cell: ({ attempts }) => format.number(attempts)
    },
    { title: words.createdAt, isNarrow: true, from: "phone", cell: ({ createdAt }) => <Time at={createdAt} /> }
  ]
}

/** The work in the background, newest first, as it goes on; in a drawer, all that is stored of one task. */
export const Tasks = () => {
  const words = useWords()
  const [{ age, id, kind, status }, change] = useFilters(read)
  const columns = useColumns()
  const titleOf = useKindTitle()
  const may = useMay()
  useLive("tasks", "tasks")
  // Counted from when the filter was chosen: a moment that moved on would make another list of it.
  const range = useMemo(() => rangeOf(age), [age])
  const kinds: ReadonlyArray<string> = taskKinds.map(({ name }) => name)
  const isFiltered = kind !== undefined || status !== undefined || age !== undefined
  const clear = () => change({ kind: undefined, status: undefined, age: undefined })
  const which = { ...range, ...(kind === undefined ? {} : { kind }) }
  return (
    <Screen
      title={words.tasks.title}
      lead={
        <>
          {words.tasks.lead}
          <LiveDot />
        </>
      }
      needs="tasks:read"
      actions={
        (status === "failed" || status === "cancelled") && may("tasks:write") ? (
          <RetryAll status={status} {...which} />
        ) : undefined
      }
    >
      <Filters onClear={isFiltered ? clear : undefined}>
        <Select
          label={words.tasks.kind}
          value={kind ?? ""}
          options={[
            { value: "", label: words.tasks.everyKind },
            ...(kind === undefined || kinds.includes(kind) ? kinds : [kind, ...kinds]).map((name) => ({
              value: name,
              label: titleOf(name)
            }))
          ]}
          onChange={(chosen) => change({ kind: text(chosen) })}
        />
        <Select
          label={words.tasks.age}
          value={age ?? ""}
          options={[
            { value: "", label: words.tasks.everyAge },
            ...ages.map((one) => ({ value: one, label: words.tasks.ages[one] }))
          ]}
          onChange={(chosen) => change({ age: oneOf(ages, chosen) })}
        />
      </Filters>
      <States range={which} status={status} />
      <List
        key={`${kind ?? ""} ${status ?? ""} ${age ?? ""}`}
        caption={words.tasks.title}
        columns={columns}
        query={(at) =>
          Client.query("tasks", "list", {
            query: { ...which, ...(status === undefined ? {} : { status }), ...at },
            reactivityKeys: ["tasks"]
          })
        }
        keyOf={(task) => task.id}
        link={(task) => ({ id: task.id })}
        opened={id}
        empty={
          isFiltered ? (
            <NoneFits title={words.tasks.noneTitle} lead={words.tasks.noneLead} onClear={clear} />
          ) : (
            <Empty icon="tasks" title={words.tasks.emptyTitle} lead={words.tasks.emptyLead} />
          )
        }
      />
      <TaskDrawer id={id} onOpen={(opened) => change({ id: opened })} onClose={() => change({ id: undefined })} />
    </Screen>
  )
}
