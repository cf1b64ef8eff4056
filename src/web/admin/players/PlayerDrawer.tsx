import { useState } from "react"
import type { PlayerId } from "../../../players/Player.ts"
import { Client, nothing, useAction, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { VerdictBadge } from "../ui/Badge.tsx"
import { Button } from "../ui/Button.tsx"
import { Copy } from "../ui/Copy.tsx"
import { ConfirmDialog, Drawer } from "../ui/Dialog.tsx"
import { rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { History } from "./History.tsx"
import type { Player } from "./PlayerFacts.ts"

const Facts = ({ player }: { readonly player: Player }) => {
  const words = useWords()
  const format = useFormat()
  return (
    <dl className="facts">
      <div>
        <dt>{words.players.plays}</dt>
        <dd>{format.number(player.plays)}</dd>
      </div>
      <div>
        <dt>{words.players.games}</dt>
        <dd>{format.number(player.games)}</dd>
      </div>
      <div>
        <dt>{words.players.since}</dt>
        <dd>
          <Time at={player.createdAt} isExact />
        </dd>
      </div>
      <div>
        <dt>{words.players.seen}</dt>
        <dd>{player.lastSeenAt === null ? words.shell.none : <Time at={player.lastSeenAt} isExact />}</dd>
      </div>
      <div className="all">
        <dt>{words.players.id}</dt>
        <dd>
          <Copy text={player.id} />
        </dd>
      </div>
    </dl>
  )
}

const Contacts = ({ id }: { readonly id: PlayerId }) => {
  const words = useWords().players
  const format = useFormat()
  const contacts = useQuery(
    Client.query("contacts", "ofPlayer", { params: { id }, query: { limit: 100 }, reactivityKeys: ["contacts"] })
  )
  return (
    <section className="section" aria-labelledby="player-contacts">
      <h3 id="player-contacts">{words.contacts}</h3>
      <Loaded query={contacts} skeleton={<Skeleton rows={1} height={30} />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="quiet">{words.noContacts}</p>
          ) : (
            <ul className="lines">
              {items.map(({ attempts, esp, reason, verdict }) => (
                <li key={esp}>
                  <span>
                    {esp}
                    <span className="quiet small" style={{ display: "block" }}>
                      {reason ?? format.plural(words.attempts, attempts)}
                    </span>
                  </span>
                  <VerdictBadge verdict={verdict} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  )
}

const Entries = (props: { readonly id: PlayerId; readonly name: string }) => {
  const words = useWords().players
  const format = useFormat()
  const may = useMay()
  const { id } = props
  const entries = useQuery(
    Client.query("players", "entries", {
      params: { id },
      query: { limit: 100 },
      reactivityKeys: ["players", "entries"]
    })
  )
  type Entry = NonNullable<typeof entries.value>["items"][number]
  const [asked, ask] = useState<Entry["game"]>()
  const reset = useAction(
    (client, slug: Entry["game"]) => client.entries.reset({ params: { slug, playerId: id } }),
    ["entries"]
  )
  const close = () => {
    reset.clear()
    ask(undefined)
  }
  return (
    <section className="section" aria-labelledby="player-entries">
      <h3 id="player-entries">{words.entries}</h3>
      <Loaded query={entries} skeleton={<Skeleton rows={2} height={30} />}>
        {({ items }) => (
          <ul className="lines">
            {items.map(({ game, periodEndsAt, plays }) => (
              <li key={game}>
                <span>
                  {game}
                  <span className="quiet small" style={{ display: "block" }}>
                    {format.plural(words.playCount, plays)}
                    {periodEndsAt === null ? null : (
                      <> · {fill(words.limit, { time: format.moment(periodEndsAt.epochMilliseconds) })}</>
                    )}
                  </span>
                </span>
                {periodEndsAt !== null && may("players:write") ? (
                  <Button isSmall icon="reset" onClick={() => ask(game)}>
                    {words.reset}
                  </Button>
                ) : null}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <ConfirmDialog
        isOpen={asked !== undefined}
        title={fill(words.resetTitle, { player: props.name })}
        confirm={words.reset}
        isWaiting={reset.isWaiting}
        cause={reset.cause}
        onClose={close}
        onConfirm={() => {
          if (asked === undefined) return
          void reset.run(asked).then(({ isDone }) => {
            if (!isDone) return
            close()
            say(words.resetDone)
          })
        }}
      >
        {fill(words.resetLead, { game: asked ?? "" })}
      </ConfirmDialog>
    </section>
  )
}

/** All that is known of a player. Open while there is an `id`. */
export const PlayerDrawer = (props: { readonly id: PlayerId | undefined; readonly onClose: () => void }) => {
  const words = useWords()
  const may = useMay()
  const { id, onClose } = props
  const player = useQuery(
    id === undefined ? nothing : Client.query("players", "get", { params: { id }, reactivityKeys: ["players"] })
  )
  const name = player.value === undefined ? undefined : (player.value.name ?? player.value.email)
  return (
    <Drawer
      isOpen={id !== undefined}
      title={name ?? words.players.player}
      lead={player.value?.name === null ? undefined : player.value?.email}
      onClose={onClose}
      returnTo={id === undefined ? undefined : rowId(id)}
    >
      {id === undefined ? null : (
        <Loaded query={player} skeleton={<Skeleton rows={6} height={26} />}>
          {(value) => (
            <div className="sections">
              <Facts player={value} />
              {may("contacts:read") ? <Contacts id={id} /> : null}
              <Entries id={id} name={name ?? ""} />
              <History id={id} />
            </div>
          )}
        </Loaded>
      )}
    </Drawer>
  )
}
