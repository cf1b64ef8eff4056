import { useEffect, useRef } from "react"

const every = 3_000

/** Whether the service answers, whatever it says. */
export const answers = (): Promise<boolean> =>
  fetch("/health/live", { cache: "no-store" }).then(
    () => true,
    () => false
  )

/**
 * While the service is away, asks every few seconds whether it is back, and then does this once. A restart of the service tells the
 * browser nothing: its network is up all the time.
 */
export const useBack = (isAway: boolean, run: (() => void) | undefined): void => {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    if (!isAway) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const ask = async () => {
      if (document.hidden || !(await answers())) return look()
      if (!isOver) latest.current?.()
    }
    const look = () => {
      if (!isOver) timer = setTimeout(() => void ask(), every * (0.5 + Math.random()))
    }
    look()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [isAway])
}
