import { lazy, Suspense } from "react"
import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { Client } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useLive } from "../LiveStream.ts"
import { To, useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { oneOf, type Raw, text } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { Empty } from "../ui/Empty.tsx"
import { TextField } from "../ui/Field.tsx"
import { NoneFits } from "../ui/Filters.tsx"
import { type Column, List } from "../ui/List.tsx"
import { Select } from "../ui/Select.tsx"
import { useTyped } from "../ui/Typed.ts"
import { GameWhen } from "./GameWhen.tsx"
import { Plays, States, Trend } from "./Row.tsx"
import "./games.css"

const NewGame = lazy(async () => ({ default: (await import("./NewGame.tsx")).NewGame }))

const states = ["open", "scheduled", "closed", "archived"] as const

const read = (raw: Raw) => ({
  q: text(raw["q"]),
  state: oneOf(states, raw["state"]),
  isAdding: raw["new"] === "yes"
})

const useColumns = (): ReadonlyArray<Column<ManagedGame>> => {
  const words = useWords().games
  const mayCount = useMay()("statistics:read")
  return [
    {
      title: words.game,
      cell: (game, among) => (
        <span className="game-name">
          <To to={`/games/${game.slug}`} className="row-anchor">
            {game.title}
          </To>
          <span className="clip quiet small" dir="ltr">
            {game.slug}
          </span>
          <span className="game-below">
            <States game={game} among={among} />
          </span>
        </span>
      )
    },
    {
      title: words.stateLabel,
      isNarrow: true,
      from: "phone",
      cell: (game, among) => <States game={game} among={among} />
    },
    // Without the permission, or with the module off, there is nothing to count.
    ...(mayCount
      ? [
          {
            title: words.plays,
            isNumber: true,
            cell: (game: ManagedGame, among: ReadonlyArray<ManagedGame>) => <Plays game={game} among={among} />
          },
          {
            title: words.trend,
            from: "tablet" as const,
            isNarrow: true,
            cell: (game: ManagedGame, among: ReadonlyArray<ManagedGame>) => <Trend game={game} among={among} />
          }
        ]
      : []),
    { title: words.until, isNarrow: true, from: "tablet", cell: (game) => <GameWhen game={game} /> },
    {
      title: words.esp,
      from: "tablet",
      isNarrow: true,
      cell: ({ esp }) => (
        <span className="tag" dir="ltr">
          {esp}
        </span>
      )
    }
  ]
}

/** Every game: what it is at this moment, and how often it was played. A new one is added here. */
export const Games = () => {
  const words = useWords()
  const [{ isAdding, q, state }, change] = useFilters(read)
  const [typed, setTyped] = useTyped(q, (given) => change({ q: given }, true))
  const columns = useColumns()
  useLive("games", "games")
  useLive("games", "pages")
  useLive("plays", "plays", 15_000)
  const mayWrite = useMay()("games:write")
  const isFiltered = q !== undefined || state !== undefined
  const add = mayWrite ? (
    <Button look="main" icon="plus" aria-haspopup="dialog" onClick={() => change({ new: "yes" })}>
      {words.games.add}
    </Button>
  ) : undefined
  return (
    <Screen title={words.games.title} lead={words.games.lead} needs="games:read" actions={add}>
      <search className="bar">
        <div className="grow">
          <TextField
            label={words.games.search}
            isLabelHidden
            icon="search"
            type="search"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            placeholder={words.games.search}
            value={typed}
            onChange={setTyped}
          />
        </div>
        <Select
          label={words.games.stateLabel}
          isLabelHidden
          value={state ?? ""}
          options={[
            { value: "", label: words.games.anyState },
            ...states.map((value) => ({ value, label: words.games.states[value] }))
          ]}
          onChange={(chosen) => change({ state: chosen === "" ? undefined : chosen })}
        />
      </search>
      <div className="games-list">
        <List
          key={`${q ?? ""} ${state ?? ""}`}
          caption={words.games.title}
          columns={columns}
          query={(at) =>
            Client.query("games", "list", {
              query: { ...(q === undefined ? {} : { q }), ...(state === undefined ? {} : { state }), ...at },
              reactivityKeys: ["games"]
            })
          }
          keyOf={(game) => game.id}
          empty={
            isFiltered ? (
              <NoneFits
                title={words.games.noneTitle}
                lead={words.games.noneLead}
                onClear={() => change({ q: undefined, state: undefined })}
              />
            ) : (
              <Empty icon="games" title={words.games.emptyTitle} lead={words.games.emptyLead}>
                {add === undefined ? null : <div className="row">{add}</div>}
              </Empty>
            )
          }
        />
      </div>
      {mayWrite && isAdding ? (
        <Suspense fallback={null}>
          <NewGame onClose={() => change({ new: undefined })} />
        </Suspense>
      ) : null}
    </Screen>
  )
}
