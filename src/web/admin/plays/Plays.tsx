import { Option, Schema } from "effect"
import { useMemo } from "react"
import { PlayId } from "../../../plays/Play.ts"
import type { PlayDetails } from "../../../plays/lists/PlayDetails.ts"
import { parseIn } from "../../../platform/contract/Moment.ts"
import { Client } from "../Client.ts"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { day, game as readGame, id as idOf, type Raw } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Avatar, Badge, VerdictBadge } from "../ui/Badge.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Exports } from "../ui/Exports.tsx"
import { Fault } from "../ui/Fault.tsx"
import { TextField } from "../ui/Field.tsx"
import { Filters, NoneFits } from "../ui/Filters.tsx"
import { GameSelect, useGames } from "../ui/GameSelect.tsx"
import { type Column, List } from "../ui/List.tsx"
import { addDays } from "../ui/PeriodChoice.ts"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"
import { NewerPlays } from "./NewerPlays.tsx"
import { PlayDrawer } from "./PlayDrawer.tsx"

const read = (raw: Raw) => ({
  game: readGame(raw["game"]),
  from: day(raw["from"]),
  to: day(raw["to"]),
  id: idOf(PlayId)(raw["id"])
})

/** The moment at which a day begins in a zone. */
const startOf = (date: string | undefined, zone: string) =>
  date === undefined ? undefined : Option.getOrUndefined(parseIn(`${date}T00:00`, zone))

const encode = Schema.encodeSync(Schema.DateTimeUtcFromString)

const useColumns = (): ReadonlyArray<Column<PlayDetails>> => {
  const words = useWords()
  const format = useFormat()
  return [
    {
      title: words.plays.player,
      cell: ({ email, name }) => (
        <span className="who">
          <Avatar text={name ?? email ?? "?"} />
          <span>
            <span className="clip">{email ?? words.plays.forgotten}</span>
            {name === null ? null : (
              <span className="clip quiet small" style={{ fontWeight: 400 }}>
                {name}
              </span>
            )}
          </span>
        </span>
      )
    },
    {
      title: words.plays.number,
      isNumber: true,
      cell: ({ number }) => fill(words.plays.nth, { number: format.number(number) })
    },
    {
      title: words.plays.score,
      isNumber: true,
      from: "tablet",
      cell: ({ score }) => (score === null ? <span className="quiet">{words.shell.none}</span> : format.number(score))
    },
    {
      title: words.plays.consent,
      from: "tablet",
      cell: ({ consent }) =>
        consent === null ? (
          <span className="quiet">{words.shell.none}</span>
        ) : (
          <Badge tone="gold">{words.plays.given}</Badge>
        )
    },
    { title: words.shell.verdict.title, from: "phone", cell: ({ contact }) => <VerdictBadge verdict={contact} /> },
    { title: words.plays.time, isNarrow: true, cell: ({ playedAt }) => <Time at={playedAt} /> }
  ]
}

/** The plays of a game, the newest first, and, in a drawer, all that is stored of one. */
export const Plays = () => {
  const words = useWords()
  const [filters, change] = useFilters(read)
  const games = useGames()
  const columns = useColumns()
  const slug = filters.game ?? games.value?.items[0]?.slug
  const game = games.value?.items.find((one) => one.slug === slug)
  const zone = game?.timeZone ?? "UTC"
  const { from, id, to } = filters
  const range = useMemo(() => {
    const first = startOf(from, zone)
    const last = startOf(to === undefined ? undefined : addDays(to, 1), zone)
    return { ...(first === undefined ? {} : { from: first }), ...(last === undefined ? {} : { to: last }) }
  }, [from, to, zone])
  const isFiltered = from !== undefined || to !== undefined
  const clear = () => change({ from: undefined, to: undefined })
  return (
    <Screen
      title={words.plays.title}
      {...(slug === undefined ? {} : { lead: fill(words.plays.lead, { game: game?.title ?? slug }) })}
      needs="players:read"
      actions={
        slug === undefined ? undefined : (
          <Exports
            what="plays"
            query={{
              game: slug,
              ...(range.from === undefined ? {} : { from: encode(range.from) }),
              ...(range.to === undefined ? {} : { to: encode(range.to) })
            }}
          />
        )
      }
    >
      {slug === undefined ? (
        <div className="card">
          {games.cause !== undefined ? (
            <Fault cause={games.cause} onRetry={games.retry} />
          ) : games.value === undefined ? (
            <Skeleton rows={9} />
          ) : (
            <Empty icon="games" title={words.plays.noGameTitle} lead={words.plays.noGameLead} />
          )}
        </div>
      ) : (
        <>
          <Filters onClear={isFiltered ? clear : undefined}>
            <GameSelect value={slug} isAllHidden onChange={(chosen) => change({ game: chosen, id: undefined })} />
            <div className="pair">
              <TextField
                label={words.plays.from}
                type="date"
                value={from ?? ""}
                onChange={(date) => change({ from: day(date) }, true)}
              />
              <TextField
                label={words.plays.to}
                type="date"
                value={to ?? ""}
                onChange={(date) => change({ to: day(date) }, true)}
              />
            </div>
          </Filters>
          {to === undefined ? <NewerPlays key={slug} game={slug} range={range} /> : null}
          <List
            key={`${slug} ${from ?? ""} ${to ?? ""}`}
            caption={words.plays.title}
            columns={columns}
            query={(at) =>
              Client.query("plays", "list", {
                params: { slug },
                query: { ...range, ...at },
                reactivityKeys: ["plays"]
              })
            }
            keyOf={(play) => play.id}
            link={(play) => ({ id: play.id })}
            opened={id}
            empty={
              isFiltered ? (
                <NoneFits icon="calendar" title={words.plays.noneTitle} lead={words.plays.noneLead} onClear={clear} />
              ) : (
                <Empty icon="plays" title={words.plays.emptyTitle} lead={words.plays.emptyLead} />
              )
            }
          />
          <PlayDrawer slug={slug} id={id} onClose={() => change({ id: undefined })} />
        </>
      )}
    </Screen>
  )
}
