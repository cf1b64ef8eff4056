import { DateTime } from "effect"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { useNow } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"

/** What comes next for a game, or what came last; the exact moment is its title. */
export const GameWhen = ({ game }: { readonly game: ManagedGame }) => {
  const words = useWords().games
  const format = useFormat()
  const now = useNow()
  const say = (text: string, at: DateTime.Utc) => {
    const millis = DateTime.toEpochMillis(at)
    return (
      <time dateTime={DateTime.formatIso(at)} title={format.exact(millis)}>
        {fill(text, { time: format.relative(millis, now) })}
      </time>
    )
  }
  if (game.state === "archived" && game.archivedAt !== null) return say(words.archived, game.archivedAt)
  if (game.state === "scheduled" && game.opensAt !== null) return say(words.opens, game.opensAt)
  if (game.closesAt === null) return words.always
  return say(game.state === "open" ? words.closes : words.closed, game.closesAt)
}
