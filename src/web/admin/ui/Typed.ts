import { useEffect, useState } from "react"

const pause = 300

/** The text of a field, which goes into the address when somebody pauses. */
export const useTyped = (
  shown: string | undefined,
  change: (typed: string | undefined) => void
): readonly [string, (typed: string) => void] => {
  const [typed, setTyped] = useState(shown ?? "")
  useEffect(() => setTyped(shown ?? ""), [shown])
  useEffect(() => {
    const given = typed.trim()
    if (given === (shown ?? "")) return
    const timer = setTimeout(() => change(given === "" ? undefined : given), pause)
    return () => clearTimeout(timer)
    // oxlint-disable-next-line react/exhaustive-deps
  }, [typed])
  return [typed, setTyped]
}
