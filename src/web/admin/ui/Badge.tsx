import type { ReactNode } from "react"
import { useWords } from "../Speech.tsx"

export type Tone = "good" | "info" | "bad" | "gold" | "mute"

/** A state: a word and a dot, so that nobody depends on the colour. */
export const Badge = ({ children, tone = "mute" }: { readonly tone?: Tone; readonly children: ReactNode }) => (
  <span className={`badge ${tone}`}>{children}</span>
)

const tones = { created: "good", existed: "info", rejected: "bad", unknown: "mute" } as const

export type Verdict = keyof typeof tones

/** What the ESP said of a contact. */
export const VerdictBadge = ({ verdict }: { readonly verdict: Verdict }) => {
  const words = useWords().shell.verdict
  return <Badge tone={tones[verdict]}>{words[verdict]}</Badge>
}

const tintOf = (text: string): number => Array.from(text).reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0), 0) % 5

/** The first letter of somebody, in one of five colours. */
export const Avatar = ({ text }: { readonly text: string }) => (
  <span className="avatar" data-tint={tintOf(text)} aria-hidden="true">
    {(Array.from(text.trim())[0] ?? "?").toUpperCase()}
  </span>
)
