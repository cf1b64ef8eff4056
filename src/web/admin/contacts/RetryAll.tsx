import { Effect } from "effect"
import type { ContactListPlace } from "../../../contacts/Contact.ts"
import type { Slug } from "../../../games/Game.ts"
import { inPieces, useAction } from "../Client.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Deed } from "../ui/Deed.tsx"
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
  const retry = useAction(
    (client, asked: Which) =>
      inPieces((from: { readonly cursor?: ContactListPlace }) =>
        Effect.map(client.contacts.retryAll({ payload: { ...asked, ...from } }), ({ nextCursor, started }) => ({
          count: started,
          next: nextCursor
        }))
      ),
    ["contacts"]
  )
  const isStuck = which.as === "stuck"
  return (
    <Deed
      icon="reset"
      label={words.retryAll}
      title={isStuck ? words.retryStuckTitle : words.retryRejectedTitle}
      lead={isStuck ? words.retryStuckLead : words.retryRejectedLead}
      action={retry}
      request={which}
      onDone={(started) => say(format.plural(words.retriedAll, started))}
    />
  )
}
