import { useEffect, useState } from "react"

/**
 * Whether a part is open that is loaded by being opened: it opens when its trigger is in place. If it were open from the start, it
 * would take the focus before it has its place, and the page would scroll there.
 */
export const useOpening = () => {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const frame = requestAnimationFrame(() => setOpen(true))
    return () => cancelAnimationFrame(frame)
  }, [])
  return [isOpen, setOpen] as const
}
