import { useEffect, useRef, useState } from "react"
import { useWords } from "../Speech.tsx"
import { IconButton } from "./Button.tsx"

/** Copies a text, and says so. Browsers without TLS have no clipboard: then the text can be selected. */
export const CopyButton = ({ isSmall = true, text }: { readonly text: string; readonly isSmall?: boolean }) => {
  const words = useWords().shell.actions
  const [isCopied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  if (!("clipboard" in navigator)) return null
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true)
        clearTimeout(timer.current)
        timer.current = setTimeout(() => setCopied(false), 2000)
      },
      () => setCopied(false)
    )
  return (
    <>
      <IconButton
        icon={isCopied ? "tick" : "copy"}
        label={isCopied ? words.copied : words.copy}
        isSmall={isSmall}
        onClick={copy}
      />
      <span className="hidden" role="status">
        {isCopied ? words.copied : ""}
      </span>
    </>
  )
}

/** An id or another short text to take along. */
export const Copy = ({ text }: { readonly text: string }) => (
  <span className="copy">
    <code dir="ltr">{text}</code>
    <CopyButton text={text} />
  </span>
)

/** Lines to take along: a command, or what to put on a page. */
export const Code = ({ label, text }: { readonly text: string; readonly label: string }) => (
  <div className="code">
    <pre tabIndex={0} role="region" aria-label={label}>
      <code>{text}</code>
    </pre>
    <CopyButton text={text} />
  </div>
)
