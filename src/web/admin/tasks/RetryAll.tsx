import { Effect } from "effect"
import type { TaskId } from "../../../tasks/Task.ts"
import { inPieces, useAction } from "../Client.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Deed } from "../ui/Deed.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { type Range, useCounts } from "./Counts.tsx"

interface Which extends Range {
  readonly status: "failed" | "cancelled"
}

/** Has all tasks queued again that have failed, or were cancelled, and that the filter shows. */
export const RetryAll = (which: Which) => {
  const { status, ...range } = which
  const words = useWords().tasks
  const format = useFormat()
  const count = useCounts(range)?.[status]
  const retry = useAction(
    (client, asked: Which) =>
      inPieces((from: { readonly cursor?: TaskId }) =>
        Effect.map(client.tasks.retryAll({ payload: { ...asked, ...from } }), ({ nextCursor, retried }) => ({
          count: retried,
          next: nextCursor
        }))
      ),
    ["tasks"]
  )
  return (
    <Deed
      icon="reset"
      label={words.retryAll}
      title={
        count === undefined
          ? words.retryAllTitle[status]
          : count.isExact
            ? format.plural(words.retryCountTitle[status], count.tasks)
            : fill(words.retryMoreTitle[status], { count: format.number(count.tasks) })
      }
      lead={words.retryAllLead}
      action={retry}
      request={which}
      onDone={(retried) => say(format.plural(words.retriedAll, retried))}
    />
  )
}
