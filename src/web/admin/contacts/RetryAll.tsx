import { Effect } from "effect"
import { useState } from "react"
import type { Slug } from "../../../games/Game.ts"
import { useAction } from "../Client.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { ConfirmDialog } from "../ui/Dialog.tsx"
import { say } from "../ui/Toast.tsx"

interface Which {
  readonly as: "stuck" | "rejected"
  readonly esp?: string
  readonly game?: Slug
}

/** Has all contacts attempted again that were given up, or rejected, and that the filter shows. */
export const RetryAll = ({ which }: { readonly which: Which }) => {
  const words = useWords().contacts
  const format = useFormat()
  const [isAsked, ask] = useState(false)
  const retry = useAction(
    (client, asked: Which) =>
      Effect.gen(function* () {
        let page = yield* client.contacts.retryAll({ payload: asked })
        let { started } = page
        // One request looks through a bounded number of contacts.
        while (page.nextCursor !== null) {
          page = yield* client.contacts.retryAll({ payload: { ...asked, cursor: page.nextCursor } })
          started += page.started
        }
        return started
      }),
    ["contacts"]
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
        title={which.as === "stuck" ? words.retryStuckTitle : words.retryRejectedTitle}
        confirm={words.retryAll}
        isWaiting={retry.isWaiting}
        cause={retry.cause}
        onClose={close}
        onConfirm={() =>
          void retry.run(which).then((end) => {
            if (!end.isDone) return
            close()
            say(format.plural(words.retriedAll, end.value))
          })
        }
      >
        {which.as === "stuck" ? words.retryStuckLead : words.retryRejectedLead}
      </ConfirmDialog>
    </>
  )
}
