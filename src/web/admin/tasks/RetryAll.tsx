import { Effect } from "effect"
import { useState } from "react"
import { useAction } from "../Client.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { ConfirmDialog } from "../ui/Dialog.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { type Range, useCounts } from "./Counts.tsx"

interface Which extends Range {
  readonly status: "failed" | "cancelled"
}

/** Has all tasks queued again that have failed, or were cancelled, and that the filter shows. */
export const RetryAll = ({ status, ...range }: Which) => {
  const words = useWords().tasks
  const format = useFormat()
  const [isAsked, ask] = useState(false)
  const count = useCounts(range)?.[status]
  const retry = useAction(
    (client, asked: Which) =>
      Effect.gen(function* () {
        let page = yield* client.tasks.retryAll({ payload: asked })
        let { retried } = page
        // One request looks through a bounded number of tasks.
        while (page.nextCursor !== null) {
          page = yield* client.tasks.retryAll({ payload: { ...asked, cursor: page.nextCursor } })
          retried += page.retried
        }
        return retried
      }),
    ["tasks"]
  )
  const close = () => {
    retry.clear()
    ask(false)
  }
  return (
    <>
      <Button icon="reset" onClick={() => ask(true)}>
        {words.retryAll}
      </Button>
      <ConfirmDialog
        isOpen={isAsked}
        title={
          count === undefined
            ? words.retryAllTitle[status]
            : count.isExact
              ? format.plural(words.retryCountTitle[status], count.tasks)
              : fill(words.retryMoreTitle[status], { count: format.number(count.tasks) })
        }
        confirm={words.retryAll}
        isWaiting={retry.isWaiting}
        cause={retry.cause}
        onClose={close}
        onConfirm={() =>
          void retry.run({ status, ...range }).then((end) => {
            if (!end.isDone) return
            close()
            say(format.plural(words.retriedAll, end.value))
          })
        }
      >
        {words.retryAllLead}
      </ConfirmDialog>
    </>
  )
}
