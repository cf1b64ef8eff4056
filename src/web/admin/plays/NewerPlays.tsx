import { useState } from "react"
import type { Slug } from "../../../games/Game.ts"
import { refreshKeys } from "../Client.ts"
import { useEvents, useMissed } from "../LiveStream.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import "../ui/live.css"

/** Plays that were recorded since the list was read. They wait, so that no row moves while somebody reads. */
export const NewerPlays = ({ game }: { readonly game: Slug }) => {
  const words = useWords().live
  const format = useFormat()
  const [count, setCount] = useState(0)
  useEvents("plays", (event) => {
    if (event.game === game) setCount((before) => before + event.count)
  })
  useMissed("plays")
  useEvents("refresh", () => setCount(0))
  return (
    <div role="status" className="newer">
      {count === 0 ? null : (
        <Button
          isSmall
          icon="up"
          onClick={() => {
            setCount(0)
            refreshKeys(["plays"])
          }}
        >
          {format.plural(words.newPlays, count)}
        </Button>
      )}
    </div>
  )
}
