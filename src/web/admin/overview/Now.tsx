import { DateTime, Option } from "effect"
import { useRef, useState } from "react"
import type { PlaysEvent } from "../../../live/Topic.ts"
import { useEvents } from "../LiveStream.ts"
import { To } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { VerdictBadge } from "../ui/Badge.tsx"
import { useGames } from "../ui/GameSelect.tsx"
import { LiveDot } from "../ui/LiveDot.tsx"
import { Time } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"

type Play = (typeof PlaysEvent.Encoded)["newest"][number] & { readonly game: string }

const shown = 6

/** The newest plays that were heard of, at most once a second: faster, nobody could read them. */
const useNewest = (): ReadonlyArray<Play> => {
  const [plays, setPlays] = useState<ReadonlyArray<Play>>([])
  const heard = useRef<ReadonlyArray<Play>>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEvents("plays", ({ game, newest }) => {
    heard.current = [...newest.toReversed().map((play) => ({ ...play, game })), ...heard.current].slice(0, shown)
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      setPlays(heard.current)
    }, 1000)
  })
  return plays
}

/** Plays of all games as they are recorded. */
export const Now = () => {
  const words = useWords()
  const format = useFormat()
  const plays = useNewest()
  const games = useGames().value?.items ?? []
  return (
    <section className="card" aria-labelledby="overview-now">
      <div className="card-head">
        <h2 id="overview-now">
          {words.live.title}
          <LiveDot />
        </h2>
      </div>
      {plays.length === 0 ? (
        <p className="quiet">{words.live.waiting}</p>
      ) : (
        <ul className="lines">
          {plays.map(({ contact, game, id, number, playedAt }) => (
            <li key={id}>
              <span className="row" style={{ flexWrap: "nowrap" }}>
                <span className="latest-verdict">
                  <VerdictBadge verdict={contact} />
                </span>
                <To to="/plays" search={{ game, id }} className="meter-name clip">
                  {games.find(({ slug }) => slug === game)?.title ?? game}
                </To>
              </span>
              <span className="row quiet small figures nowrap" style={{ flexWrap: "nowrap" }}>
                {Option.match(DateTime.make(playedAt), {
                  onNone: () => null,
                  onSome: (at) => <Time at={DateTime.toUtc(at)} />
                })}
                <span className="box">{fill(words.plays.nth, { number: format.number(number) })}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
