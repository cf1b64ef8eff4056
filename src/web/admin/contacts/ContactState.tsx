import type { ContactFacts } from "../../../contacts/Contact.ts"
import { useReason } from "../esps/Reason.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Badge, VerdictBadge } from "../ui/Badge.tsx"
import { useNow } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"
import { isStuck } from "./States.ts"

/** The verdict, or that there will be none. */
export const ContactState = ({ contact }: { readonly contact: ContactFacts }) => {
  const words = useWords().contacts
  return isStuck(contact) ? <Badge tone="bad">{words.stuck}</Badge> : <VerdictBadge verdict={contact.verdict} />
}

/** What went wrong, and when it goes on. */
export const Standing = ({ contact }: { readonly contact: ContactFacts }) => {
  const words = useWords()
  const format = useFormat()
  const reasonOf = useReason()
  const now = useNow()
  const { dueAt, reason } = contact
  if (reason === null && dueAt === null) return <span className="quiet">{words.shell.none}</span>
  const due = dueAt === null ? undefined : dueAt.epochMilliseconds
  return (
    <span className="standing small">
      {reason === null ? null : <span className="standing-text">{reasonOf(reason).words}</span>}
      {due === undefined ? null : (
        <span className="quiet">
          {due <= now ? words.contacts.dueNow : fill(words.contacts.due, { time: format.relative(due, now) })}
        </span>
      )}
    </span>
  )
}
