import { useWords } from "../Speech.tsx"
import { fill } from "../words/Words.ts"
import { kindOf } from "./Reasons.ts"

/** Why a call to an ESP failed, for people; the ESP's own words where they are none of the service's. */
export const useReason = () => {
  const reasons: Readonly<Record<string, string>> = useWords().contacts.reasons
  return (reason: string): { readonly words: string; readonly isOwn: boolean } => {
    const { kind, status } = kindOf(reason)
    const words = reasons[kind]
    return words === undefined
      ? { words: reason, isOwn: false }
      : { words: fill(words, { status }), isOwn: kind !== reason }
  }
}

/** The same, with what the service was told where that says more. */
export const Reason = ({ reason }: { readonly reason: string }) => {
  const { isOwn, words } = useReason()(reason)
  return (
    <>
      {words}
      {isOwn ? <span className="reason-told quiet small">{reason}</span> : null}
    </>
  )
}
