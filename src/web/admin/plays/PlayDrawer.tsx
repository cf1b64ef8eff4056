import type { Slug } from "../../../games/Game.ts"
import type { PlayId } from "../../../plays/Play.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { To } from "../Navigation.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { VerdictBadge } from "../ui/Badge.tsx"
import { Code, Copy } from "../ui/Copy.tsx"
import { Drawer } from "../ui/Dialog.tsx"
import { rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"

/** All that is stored of a play. Open while there is an `id`. */
export const PlayDrawer = (props: {
  readonly slug: Slug
  readonly id: PlayId | undefined
  readonly onClose: () => void
}) => {
  const words = useWords()
  const format = useFormat()
  const { id, onClose, slug } = props
  const play = useQuery(
    id === undefined ? nothing : Client.query("plays", "show", { params: { slug, id }, reactivityKeys: ["plays"] })
  )
  return (
    <Drawer
      isOpen={id !== undefined}
      title={
        play.value === undefined ? words.plays.number : (play.value.name ?? play.value.email ?? words.plays.forgotten)
      }
      lead={play.value?.name === null ? undefined : (play.value?.email ?? undefined)}
      onClose={onClose}
      returnTo={id === undefined ? undefined : rowId(id)}
      foot={
        play.value === undefined ? undefined : (
          <To className="button" to="/players" search={{ id: play.value.playerId }}>
            {words.plays.open}
          </To>
        )
      }
    >
      {id === undefined ? null : (
        <Loaded query={play} skeleton={<Skeleton rows={6} height={26} />}>
          {(value) => (
            <div className="sections">
              <dl className="facts">
                <div>
                  <dt>{words.shell.verdict.title}</dt>
                  <dd>
                    <VerdictBadge verdict={value.contact} />
                  </dd>
                </div>
                <div>
                  <dt>{words.plays.number}</dt>
                  <dd>{fill(words.plays.nth, { number: format.number(value.number) })}</dd>
                </div>
                <div>
                  <dt>{words.plays.time}</dt>
                  <dd>
                    <Time at={value.playedAt} isExact />
                  </dd>
                </div>
                <div>
                  <dt>{words.plays.score}</dt>
                  <dd>{value.score === null ? words.shell.none : format.number(value.score)}</dd>
                </div>
                <div>
                  <dt>{words.plays.consent}</dt>
                  <dd>
                    {value.consent === null
                      ? words.plays.consentNone
                      : fill(words.players.consentOf, {
                          version: value.consent.textVersion,
                          language: value.consent.language
                        })}
                  </dd>
                </div>
                <div>
                  <dt>{words.plays.esp}</dt>
                  <dd>{value.esp}</dd>
                </div>
                <div className="all">
                  <dt>{words.plays.id}</dt>
                  <dd>
                    <Copy text={value.id} />
                  </dd>
                </div>
              </dl>
              <section className="section" aria-labelledby="play-data">
                <h3 id="play-data">{words.plays.data}</h3>
                {value.data === null ? (
                  <p className="quiet">{words.plays.noData}</p>
                ) : (
                  <Code label={words.plays.data} text={JSON.stringify(value.data, undefined, 2)} />
                )}
              </section>
            </div>
          )}
        </Loaded>
      )}
    </Drawer>
  )
}
