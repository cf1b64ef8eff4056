import type { Slug } from "../../../games/Game.ts"
import { embedLines } from "../games/EmbedLines.ts"
import { To } from "../Navigation.tsx"
import { useWords } from "../Speech.tsx"
import { Code } from "../ui/Copy.tsx"
import { Empty } from "../ui/Empty.tsx"
import { useGames } from "../ui/GameSelect.tsx"

/** Nobody has played yet: how that changes. */
export const NoPlay = (props: { readonly game: Slug | undefined }) => {
  const words = useWords().overview
  const games = useGames().value?.items
  const game = props.game === undefined ? games?.[0] : games?.find(({ slug }) => slug === props.game)
  if (game === undefined) {
    return (
      <div className="card">
        <Empty icon="overview" title={words.emptyTitle} lead={words.emptyLead}>
          {games?.length === 0 ? (
            <p>
              {words.emptyGames} <To to="/games">{words.emptyGamesGo}</To>
            </p>
          ) : null}
        </Empty>
      </div>
    )
  }
  const command = `curl ${location.origin}/api/v1/games/${game.slug}/plays \\
  -H 'Content-Type: application/json' \\
  -d '{ "email": "nora@shop.example" }'`
  return (
    <div className="card">
      <Empty icon="overview" title={words.emptyTitle} lead={words.emptyLead}>
        <div className="first-steps">
          <p>{words.embed}</p>
          <Code label={words.embed} text={embedLines(location.origin, game).element} />
          <p>
            <To to={`/games/${game.slug}`} search={{ tab: "embed" }}>
              {words.embedMore}
            </To>
          </p>
          <p>{words.command}</p>
          <Code label={words.command} text={command} />
        </div>
      </Empty>
    </div>
  )
}
