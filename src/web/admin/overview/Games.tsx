import { Here } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import type { Overview } from "../statistics/Overviews.ts"

/** As many lines as the card beside it has room for. */
const shown = 6

/** The games with the most plays of the time. */
export const Games = ({ games }: Pick<Overview, "games">) => {
  const words = useWords().overview
  const format = useFormat()
  const most = games[0]?.plays ?? 1
  return (
    <section className="card" aria-labelledby="overview-games">
      <div className="card-head">
        <h2 id="overview-games">{words.games}</h2>
        <p className="quiet small">{words.gamesLead}</p>
      </div>
      {games.length === 0 ? <p className="quiet">{words.noGames}</p> : null}
      <ul className="lines meters">
        {games.slice(0, shown).map(({ game, plays, title }) => (
          <li key={game}>
            <Here change={{ game }} className="meter-name clip">
              {title}
            </Here>
            <span className="meter" aria-hidden="true">
              <span style={{ inlineSize: `${(plays / most) * 100}%` }} />
            </span>
            <span className="figures meter-count">{format.plural(words.times, plays)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
