import type { DateTime } from "effect"
import type { TaskCount } from "../../../tasks/TaskCounts.ts"
import { TaskStatus } from "../../../tasks/Task.ts"
import { Client, useQuery } from "../Client.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Tabs } from "../ui/Tabs.tsx"
import { fill } from "../words/Words.ts"

/** Which tasks the filters mean besides their state. */
export interface Range {
  readonly kind?: string
  readonly since?: DateTime.Utc
  readonly until?: DateTime.Utc
}

export const useCounts = (range: Range) =>
  useQuery(Client.query("tasks", "counts", { query: range, reactivityKeys: ["tasks"] })).value

/** How many, where there may be more with a sign that says so. */
const Count = ({ count }: { readonly count: TaskCount | undefined }) => {
  const words = useWords().tasks
  const format = useFormat()
  if (count === undefined) return null
  const number = format.number(count.tasks)
  return <span className="tab-count figures">{count.isExact ? number : fill(words.atLeast, { count: number })}</span>
}

/** The states to choose from, with how many tasks are in each. */
export const States = (props: { readonly range: Range; readonly status: TaskStatus | undefined }) => {
  const words = useWords().tasks
  const counts = useCounts(props.range)
  const isPartial = counts !== undefined && TaskStatus.literals.some((status) => !counts[status].isExact)
  return (
    <>
      <Tabs
        label={words.statusTitle}
        name="status"
        value={props.status ?? ""}
        tabs={[
          { value: "", label: words.everyStatus },
          ...TaskStatus.literals.map((status) => ({
            value: status,
            label: (
              <>
                {words.states[status]} <Count count={counts?.[status]} />
              </>
            )
          }))
        ]}
      />
      {isPartial ? <p className="quiet small task-counts">{words.counted}</p> : null}
    </>
  )
}
