import type { Slug } from "../../../games/Game.ts"
import { Client, useQuery } from "../Client.ts"
import { useLive } from "../LiveStream.ts"
import { To } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { VerdictBadge } from "../ui/Badge.tsx"
import { LiveDot } from "../ui/LiveDot.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"

/** The newest plays of a game. */
export const Latest = ({ game }: { readonly game: Slug }) => {
  const words = useWords()
  const format = useFormat()
  const plays = useQuery(
    Client.query("plays", "list", { params: { slug: game }, query: { limit: 6 }, reactivityKeys: ["plays", "latest"] })
  )
  useLive("plays", "latest")
  return (
    <section className="card" aria-labelledby="overview-latest">
      <div className="card-head">
        <h2 id="overview-latest">
          {words.overview.latest}
          <LiveDot />
        </h2>
        <To to="/plays" search={{ game }} className="small">
          {words.overview.all}
        </To>
      </div>
      <Loaded isQuiet query={plays} skeleton={<Skeleton rows={5} height={26} />}>
        {({ items }) => (
          <ul className="lines">
            {items.map(({ contact, email, id, number, playedAt, playerId }) => (
              <li key={id}>
                <span className="row" style={{ flexWrap: "nowrap" }}>
                  <span className="latest-verdict">
                    <VerdictBadge verdict={contact} />
                  </span>
                  <To to="/players" search={{ id: playerId }} className="meter-name clip">
                    {email ?? words.plays.forgotten}
                  </To>
                </span>
                <span className="row quiet small figures nowrap" style={{ flexWrap: "nowrap" }}>
                  <Time at={playedAt} />
                  <span className="box">{fill(words.plays.nth, { number: format.number(number) })}</span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  )
}
