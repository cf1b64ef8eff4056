import { useState } from "react"
import type { PlayerId } from "../../../players/Player.ts"
import { Client, useQuery } from "../Client.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Badge, VerdictBadge } from "../ui/Badge.tsx"
import { Button } from "../ui/Button.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"

type Cursor = NonNullable<NonNullable<ReturnType<typeof usePage>["value"]>["nextCursor"]>

const usePage = (id: PlayerId, cursor: { readonly id: string; readonly left: number } | undefined) =>
  useQuery(
    Client.query("players", "plays", {
      params: { id },
      query: cursor === undefined ? {} : { cursor },
      reactivityKeys: ["plays"]
    })
  )

const Plays = (props: { readonly id: PlayerId; readonly cursor: Cursor | undefined }) => {
  const words = useWords()
  const format = useFormat()
  const page = usePage(props.id, props.cursor)
  const [isMore, setMore] = useState(false)
  return (
    <Loaded query={page} skeleton={<Skeleton rows={4} height={36} />}>
      {({ items, nextCursor }) => (
        <>
          {items.length === 0 && nextCursor === null && props.cursor === undefined ? (
            <p className="quiet">{words.players.noHistory}</p>
          ) : null}
          <ul className="lines">
            {items.map(({ consent, contact, game, id, number, playedAt, score }) => (
              <li key={id}>
                <span className="row" style={{ flexWrap: "nowrap", alignItems: "flex-start" }}>
                  <span className="box" title={fill(words.plays.nth, { number })}>
                    {format.number(number)}
                  </span>
                  <span>
                    <span className="row" style={{ gap: "2px 8px" }}>
                      {game}
                      {contact === "unknown" ? null : <VerdictBadge verdict={contact} />}
                      {consent === null ? null : (
                        <Badge tone="gold">
                          {words.players.consent}{" "}
                          {fill(words.players.consentOf, { version: consent.textVersion, language: consent.language })}
                        </Badge>
                      )}
                    </span>
                    <span className="quiet small">
                      <Time at={playedAt} isExact />
                    </span>
                  </span>
                </span>
                {score === null ? null : (
                  <span className="quiet figures nowrap">{format.plural(words.players.points, score)}</span>
                )}
              </li>
            ))}
          </ul>
          {nextCursor === null ? null : isMore ? (
            <Plays id={props.id} cursor={nextCursor} />
          ) : (
            <p>
              <Button isSmall onClick={() => setMore(true)}>
                {words.shell.actions.more}
              </Button>
            </p>
          )}
        </>
      )}
    </Loaded>
  )
}

/** Every play of a player, the newest first. */
export const History = ({ id }: { readonly id: PlayerId }) => (
  <section className="section" aria-labelledby="player-history">
    <h3 id="player-history">{useWords().players.history}</h3>
    <Plays key={id} id={id} cursor={undefined} />
  </section>
)
