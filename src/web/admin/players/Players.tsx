import { Schema } from "effect"
import { useEffect, useState } from "react"
import { EmailPrefix } from "../../../players/Email.ts"
import { PlayerId } from "../../../players/Player.ts"
import { Client } from "../Client.ts"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { id as idOf, type Raw, text } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Avatar } from "../ui/Badge.tsx"
import { Button, ButtonLink } from "../ui/Button.tsx"
import { Empty } from "../ui/Empty.tsx"
import { TextField } from "../ui/Field.tsx"
import { type Column, List } from "../ui/List.tsx"
import { Time } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"
import { PlayerDrawer } from "./PlayerDrawer.tsx"
import type { Player } from "./PlayerFacts.ts"

const read = (raw: Raw) => ({ q: text(raw["q"]), id: idOf(PlayerId)(raw["id"]) })

const isPrefix = Schema.is(EmailPrefix)

/** The field's text, which goes into the address when somebody pauses. */
const useTyped = (shown: string, change: (text: string) => void) => {
  const [typed, setTyped] = useState(shown)
  useEffect(() => setTyped(shown), [shown])
  useEffect(() => {
    if (typed.trim() === shown) return
    const timer = setTimeout(() => change(typed.trim()), 250)
    return () => clearTimeout(timer)
    // oxlint-disable-next-line react/exhaustive-deps
  }, [typed])
  return [typed, setTyped] as const
}

const useColumns = (): ReadonlyArray<Column<Player>> => {
  const words = useWords().players
  const format = useFormat()
  return [
    {
      title: words.player,
      cell: ({ email, name }) => (
        <span className="who">
          <Avatar text={name ?? email} />
          <span>
            <span className="clip">{name ?? words.noName}</span>
            <span className="clip quiet small" style={{ fontWeight: 400 }}>
              {email}
            </span>
          </span>
        </span>
      )
    },
    { title: words.games, isNumber: true, from: "phone", cell: ({ games }) => format.number(games) },
    { title: words.plays, isNumber: true, cell: ({ plays }) => format.number(plays) },
    {
      title: words.seen,
      isNarrow: true,
      from: "phone",
      cell: ({ lastSeenAt }) => (lastSeenAt === null ? "—" : <Time at={lastSeenAt} />)
    },
    { title: words.since, isNarrow: true, from: "tablet", cell: ({ createdAt }) => <Time at={createdAt} isExact /> }
  ]
}

/** Everybody who has played, and, in a drawer, all that is known of one of them. */
export const Players = () => {
  const words = useWords()
  const [{ id, q }, change] = useFilters(read)
  const [typed, setTyped] = useTyped(q ?? "", (typed) => change({ q: typed === "" ? undefined : typed }, true))
  const columns = useColumns()
  const isWrong = q !== undefined && !isPrefix(q)
  const none = (
    <Empty icon="search" title={fill(words.players.noneTitle, { text: q ?? "" })} lead={words.players.noneLead}>
      <div className="row">
        <Button icon="close" onClick={() => change({ q: undefined })}>
          {words.shell.actions.clear}
        </Button>
      </div>
    </Empty>
  )
  return (
    <Screen
      title={words.players.title}
      lead={q === undefined ? words.players.lead : fill(words.players.leadFound, { text: q })}
      needs="players:read"
      actions={
        <ButtonLink icon="download" href="/api/v1/exports/players?format=csv" download>
          {words.shell.actions.export}
        </ButtonLink>
      }
    >
      <search className="bar">
        <div className="grow">
          <TextField
            label={words.players.search}
            isLabelHidden
            icon="search"
            type="search"
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            placeholder={words.players.search}
            value={typed}
            onChange={setTyped}
          />
        </div>
      </search>
      {isWrong ? (
        <div className="list">{none}</div>
      ) : (
        <List
          key={q}
          caption={words.players.title}
          columns={columns}
          query={(at) =>
            Client.query("players", "list", {
              query: { ...(q === undefined ? {} : { emailPrefix: q }), ...at },
              reactivityKeys: ["players"]
            })
          }
          keyOf={(player) => player.id}
          link={(player) => ({ id: player.id })}
          opened={id}
          empty={
            q === undefined ? (
              <Empty icon="players" title={words.players.emptyTitle} lead={words.players.emptyLead} />
            ) : (
              none
            )
          }
        />
      )}
      <PlayerDrawer id={id} onClose={() => change({ id: undefined })} />
    </Screen>
  )
}
