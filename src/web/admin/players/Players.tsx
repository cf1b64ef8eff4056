import { Schema } from "effect"
import { EmailPrefix } from "../../../players/Email.ts"
import { PlayerId } from "../../../players/Player.ts"
import { Client } from "../Client.ts"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { id as idOf, type Raw, text } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Avatar } from "../ui/Badge.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Exports } from "../ui/Exports.tsx"
import { TextField } from "../ui/Field.tsx"
import { NoneFits } from "../ui/Filters.tsx"
import { type Column, List } from "../ui/List.tsx"
import { Time } from "../ui/Time.tsx"
import { useTyped } from "../ui/Typed.ts"
import { fill } from "../words/Words.ts"
import { PlayerDrawer } from "./PlayerDrawer.tsx"
import type { Player } from "./PlayerFacts.ts"

const read = (raw: Raw) => ({ q: text(raw["q"]), id: idOf(PlayerId)(raw["id"]) })

const isPrefix = Schema.is(EmailPrefix)

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
  const [typed, setTyped] = useTyped(q, (given) => change({ q: given }, true))
  const columns = useColumns()
  const isWrong = q !== undefined && !isPrefix(q)
  const none = (
    <NoneFits
      title={fill(words.players.noneTitle, { text: q ?? "" })}
      lead={words.players.noneLead}
      onClear={() => change({ q: undefined })}
    />
  )
  return (
    <Screen
      title={words.players.title}
      lead={q === undefined ? words.players.lead : fill(words.players.leadFound, { text: q })}
      needs="players:read"
      actions={<Exports what="players" />}
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
