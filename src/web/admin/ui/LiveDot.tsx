import { useIsLive } from "../LiveStream.ts"
import { useWords } from "../Speech.tsx"
import "./live.css"

/** Says whether what is shown follows what happens. */
export const LiveDot = () => {
  const isLive = useIsLive()
  const words = useWords().live
  return (
    <span className="live-dot" data-on={isLive || undefined} title={isLive ? words.on : words.off}>
      <span className="hidden">{isLive ? words.on : words.off}</span>
    </span>
  )
}
