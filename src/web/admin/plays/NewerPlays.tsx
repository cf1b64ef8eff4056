import type { DateTime } from "effect"
import { useState } from "react"
import type { Slug } from "../../../games/Game.ts"
import { Client, refreshKeys, useQuery } from "../Client.ts"
import { useEvents, useMissed } from "../LiveStream.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import "../ui/live.css"

/** Plays that were recorded since the list was read. They wait, so that no row moves while somebody reads. */
export const NewerPlays = (props: {
  readonly game: Slug
  /** What the list asks for. */
  readonly range: { readonly from?: DateTime.Utc; readonly to?: DateTime.Utc }
}) => {
  const { game } = props
  const words = useWords().live
  const format = useFormat()
  const [count, setCount] = useState(0)
  // The first page, which the list has asked for already. Ids grow with time.
  const list = useQuery(
    Client.query("plays", "list", { params: { slug: game }, query: props.range, reactivityKeys: ["plays"] })
  )
  const last = list.value?.items[0]?.id ?? ""
  useEvents("plays", (event) => {
    if (event.game !== game) return
    // An event may tell of a play that was recorded just before the list was read.
    const known = event.newest.filter(({ id }) => id <= last).length
    setCount((before) => before + event.count - known)
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
