import type { ContactFacts } from "../../../contacts/Contact.ts"
import { PlayerId } from "../../../players/Player.ts"
import { Client } from "../Client.ts"
import { useEsps } from "../esps/Connections.ts"
import { Trouble } from "../esps/Trouble.tsx"
import { useMay } from "../Identity.tsx"
import { useLive } from "../LiveStream.ts"
import { useFilters } from "../Navigation.tsx"
import { Screen } from "../Screen.tsx"
import { game as readGame, id as idOf, oneOf, type Raw, text } from "../Search.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Exports } from "../ui/Exports.tsx"
import { Filters, NoneFits } from "../ui/Filters.tsx"
import { GameSelect } from "../ui/GameSelect.tsx"
import { type Column, List } from "../ui/List.tsx"
import { LiveDot } from "../ui/LiveDot.tsx"
import { Select } from "../ui/Select.tsx"
import { Time } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"
import { ContactDrawer, keyOf } from "./ContactDrawer.tsx"
import { ContactState, Standing } from "./ContactState.tsx"
import { RetryAll } from "./RetryAll.tsx"
import { queryOf, states, textOf } from "./States.ts"
import "./contacts.css"

const espName = (value: unknown) => {
  const name = text(value)
  return name === undefined || name.length > 100 ? undefined : name
}

const read = (raw: Raw) => ({
  state: oneOf(states, raw["state"]),
  esp: espName(raw["esp"]),
  game: readGame(raw["game"]),
  id: idOf(PlayerId)(raw["id"]),
  at: espName(raw["at"])
})

const useColumns = (): ReadonlyArray<Column<ContactFacts>> => {
  const words = useWords()
  const format = useFormat()
  return [
    {
      title: words.contacts.player,
      cell: ({ email, esp, game }) => (
        <span className="who">
          <span>
            <span className="clip">{email ?? words.plays.forgotten}</span>
            <span className="clip quiet small" style={{ fontWeight: 400 }}>
              {fill(words.contacts.where, { esp, game })}
            </span>
          </span>
        </span>
      )
    },
    { title: words.shell.verdict.title, isNarrow: true, cell: (contact) => <ContactState contact={contact} /> },
    { title: words.contacts.standing, from: "tablet", cell: (contact) => <Standing contact={contact} /> },
    {
      title: words.contacts.attempts,
      isNumber: true,
      from: "tablet",
      cell: ({ attempts }) => format.number(attempts)
    },
    {
      title: words.contacts.asked,
      isNarrow: true,
      from: "phone",
      cell: ({ createdAt }) => <Time at={createdAt} />
    }
  ]
}

/** Players at the ESPs: what the ESPs said of them, and what is still owed. */
export const Contacts = () => {
  const words = useWords()
  const may = useMay()
  const [{ at, esp, game, id, state }, change] = useFilters(read)
  const columns = useColumns()
  const known = (useEsps().value?.items ?? []).map(({ name }) => name)
  useLive("contacts", "contacts")
  const isFiltered = state !== undefined || esp !== undefined || game !== undefined
  const clear = () => change({ state: undefined, esp: undefined, game: undefined })
  const place = { ...(esp === undefined ? {} : { esp }), ...(game === undefined ? {} : { game }) }
  return (
    <Screen
      title={words.contacts.title}
      lead={
        <>
          {words.contacts.lead}
          <LiveDot />
        </>
      }
      needs="contacts:read"
      actions={
        <>
          <Exports what="contacts" query={{ ...textOf(queryOf(state)), ...place }} />
          {(state === "stuck" || state === "rejected") && may("contacts:write") ? (
            <RetryAll which={{ as: state, ...place }} />
          ) : null}
        </>
      }
    >
      <Trouble />
      <Filters onClear={isFiltered ? clear : undefined}>
        <Select
          label={words.contacts.state}
          value={state ?? ""}
          options={[
            { value: "", label: words.contacts.everyState },
            ...states.map((one) => ({ value: one, label: words.contacts.states[one] }))
          ]}
          onChange={(chosen) => change({ state: oneOf(states, chosen) })}
        />
        <Select
          label={words.contacts.esp}
          value={esp ?? ""}
          options={[
            { value: "", label: words.contacts.everyEsp },
            ...(esp === undefined || known.includes(esp) ? known : [esp, ...known]).map((name) => ({
              value: name,
              label: name
            }))
          ]}
          onChange={(chosen) => change({ esp: espName(chosen) })}
        />
        <GameSelect value={game} onChange={(chosen) => change({ game: chosen })} />
      </Filters>
      <List
        key={`${state ?? ""} ${esp ?? ""} ${game ?? ""}`}
        caption={words.contacts.title}
        columns={columns}
        query={(from) =>
          Client.query("contacts", "list", {
            query: { ...queryOf(state), ...place, ...from },
            reactivityKeys: ["contacts"]
          })
        }
        keyOf={keyOf}
        link={(contact) => ({ id: contact.playerId, at: contact.esp })}
        opened={id === undefined || at === undefined ? undefined : keyOf({ playerId: id, esp: at })}
        empty={
          isFiltered ? (
            <NoneFits
              title={state === "stuck" ? words.contacts.noStuckTitle : words.contacts.noneTitle}
              lead={state === "stuck" ? words.contacts.noStuckLead : words.contacts.noneLead}
              onClear={clear}
            />
          ) : (
            <Empty icon="contacts" title={words.contacts.emptyTitle} lead={words.contacts.emptyLead} />
          )
        }
      />
      <ContactDrawer
        contact={id === undefined || at === undefined ? undefined : { playerId: id, esp: at }}
        onClose={() => change({ id: undefined, at: undefined })}
      />
    </Screen>
  )
}
