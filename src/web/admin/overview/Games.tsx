import { Client, useQuery } from "../Client.ts"
import { Here } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { useGames } from "../ui/GameSelect.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"

/** The games by their plays of all time. */
export const Games = () => {
  const words = useWords().overview
  const format = useFormat()
  const totals = useQuery(
    Client.query("statistics", "games", { query: { limit: 100 }, reactivityKeys: ["plays", "games"] })
  )
  const titles = new Map(useGames().value?.items.map(({ slug, title }) => [slug, title]))
  return (
    <section className="card" aria-labelledby="overview-games">
      <div className="card-head">
        <h2 id="overview-games">{words.games}</h2>
        <p className="quiet small">{words.gamesLead}</p>
      </div>
      <Loaded query={totals} skeleton={<Skeleton rows={5} height={26} />}>
        {({ items }) => {
          const sorted = items.toSorted((a, b) => b.plays - a.plays).slice(0, 6)
          const most = Math.max(1, ...sorted.map(({ plays }) => plays))
          return (
            <ul className="lines meters">
              {sorted.map(({ game, plays }) =>
                game === null ? null : (
                  <li key={game}>
                    <Here change={{ game }} className="meter-name clip">
                      {titles.get(game) ?? game}
                    </Here>
                    <span className="meter" aria-hidden="true">
                      <span style={{ inlineSize: `${(plays / most) * 100}%` }} />
                    </span>
                    <span className="figures meter-count">{format.plural(words.times, plays)}</span>
                  </li>
                )
              )}
            </ul>
          )
        }}
      </Loaded>
    </section>
  )
}
