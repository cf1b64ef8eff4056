import { useMemo } from "react"
import type { Slug } from "../../../games/Game.ts"
import { useWords } from "../Speech.tsx"
import { useGames } from "../ui/GameSelect.tsx"
import { fill } from "../words/Words.ts"
import type { Note } from "./Overviews.ts"

/** What a note says; among those of all games (null) also of which game. */
export const useNoteText = (shown: Slug | null): ((note: Note) => string) => {
  const { ofGame } = useWords().statistics.notes
  const games = useGames().value?.items
  return useMemo(() => {
    const titles = new Map(games?.map(({ slug, title }) => [slug, title]))
    return ({ game, text }: Note) =>
      shown !== null || game === null ? text : fill(ofGame, { text, game: titles.get(game) ?? game })
  }, [shown, ofGame, games])
}
