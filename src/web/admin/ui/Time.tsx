import { DateTime } from "effect"
import { useSyncExternalStore } from "react"
import { useFormat } from "../Speech.tsx"

const minute = 60_000
let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

const tick = () => {
  now = Date.now()
  for (const listener of listeners) listener()
}

const follow = (listener: () => void) => {
  if (listeners.size === 0) {
    now = Date.now()
    timer = setInterval(tick, minute)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(timer)
  }
}

/** The moment, which moves on once a minute for all that is shown. */
export const useNow = (): number => useSyncExternalStore(follow, () => now)

/** How long ago something was, or when it will be; the whole moment is its title. `isExact`: the moment itself. */
export const Time = ({ at, isExact = false }: { readonly at: DateTime.Utc; readonly isExact?: boolean }) => {
  const format = useFormat()
  const current = useNow()
  const millis = DateTime.toEpochMillis(at)
  return (
    <time dateTime={DateTime.formatIso(at)} title={format.exact(millis)}>
      {isExact ? format.moment(millis) : format.relative(millis, current)}
    </time>
  )
}
