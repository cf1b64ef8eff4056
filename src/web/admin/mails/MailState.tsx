import type { MailStatus } from "../../../mail/Message.ts"
import { useWords } from "../Speech.tsx"
import { Badge, type Tone } from "../ui/Badge.tsx"

const tones: { readonly [S in MailStatus]: Tone } = {
  outbox: "info",
  sent: "good",
  refused: "bad",
  failed: "bad",
  suppressed: "gold",
  expired: "gold",
  forgotten: "mute"
}

export const states = Object.keys(tones) as ReadonlyArray<MailStatus>

/** What became of a mail. */
export const MailState = ({ status }: { readonly status: MailStatus }) => (
  <Badge tone={tones[status]}>{useWords().mails.states[status]}</Badge>
)
