import { Dialog } from "@base-ui/react/dialog"
import { type KeyboardEvent, useDeferredValue, useId, useState } from "react"
import { Schema } from "effect"
import { EmailPrefix } from "../../players/Email.ts"
import { Client, nothing, useQuery } from "./Client.ts"
import { useMay } from "./Identity.tsx"
import { entries } from "./Nav.ts"
import { type Change, useGo } from "./Navigation.tsx"
import { useFormat, useWords } from "./Speech.tsx"
import type { IconName } from "./ui/IconName.ts"
import { Icon } from "./ui/Icons.tsx"

interface Found {
  readonly key: string
  readonly icon: IconName
  readonly label: string
  readonly more?: string
  readonly group: "screens" | "games" | "players"
  readonly to: string
  readonly search: Change
}

const isPrefix = Schema.is(EmailPrefix)

/** The games and players that fit. Each part is asked only of those who may see it. */
const useFound = (q: string): ReadonlyArray<Found> => {
  const words = useWords().shell
  const may = useMay()
  const text = q.trim()
  const asks = text.length >= 2 && text.length <= 100
  const games = useQuery(
    asks && may("games:read")
      ? Client.query("games", "list", { query: { q: text, limit: 5 }, reactivityKeys: ["games"] })
      : nothing
  )
  const players = useQuery(
    asks && may("players:read") && isPrefix(text)
      ? Client.query("players", "list", { query: { emailPrefix: text, limit: 5 }, reactivityKeys: ["players"] })
      : nothing
  )
  const wanted = q.trim().toLowerCase()
  return [
    ...entries
      .filter(({ needs, word }) => may(needs) && words.nav[word].toLowerCase().includes(wanted))
      .map(({ icon, to, word }): Found => ({
        key: to,
        icon,
        label: words.nav[word],
        group: "screens",
        to,
        search: {}
      })),
    ...(games.value?.items ?? []).map(({ slug, title }): Found => ({
      key: `game ${slug}`,
      icon: "games",
      label: title,
      more: slug,
      group: "games",
      to: `/games/${slug}`,
      search: {}
    })),
    ...(players.value?.items ?? []).map(({ email, id, name }): Found => ({
      key: id,
      icon: "players",
      label: email,
      ...(name === null ? {} : { more: name }),
      group: "players",
      to: "/players",
      search: { id }
    }))
  ]
}

const Search = ({ onDone }: { readonly onDone: () => void }) => {
  const words = useWords().shell.search
  const format = useFormat()
  const go = useGo()
  const list = useId()
  const [text, setText] = useState("")
  const [place, setPlace] = useState(0)
  const found = useFound(useDeferredValue(text))
  const current = Math.min(place, found.length - 1)

  const open = ({ search, to }: Found) => {
    onDone()
    go(to, search)
  }
  const press = (event: KeyboardEvent) => {
    const chosen = found[current]
    if (event.key === "ArrowDown") setPlace((current + 1) % Math.max(found.length, 1))
    else if (event.key === "ArrowUp") setPlace((current - 1 + found.length) % Math.max(found.length, 1))
    else if (event.key === "Enter" && chosen !== undefined) open(chosen)
    else return
    event.preventDefault()
  }

  return (
    <>
      <div className="palette-field">
        <Icon name="search" />
        <input
          // The window is for this field alone.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={found.length === 0 ? undefined : `${list}-${current}`}
          aria-label={words.field}
          placeholder={words.field}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setPlace(0)
          }}
          onKeyDown={press}
        />
      </div>
      <div className="palette-found" role="listbox" id={list} aria-label={words.title}>
        {found.map((one, index) => (
          <div key={one.key} role="presentation">
            {one.group === found[index - 1]?.group ? null : <div className="menu-head">{words[one.group]}</div>}
            {/* The field holds the focus, and its keys choose. */}
            {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events */}
            <div
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === current}
              tabIndex={-1}
              className="item"
              onPointerMove={() => setPlace(index)}
              onClick={() => open(one)}
            >
              <Icon name={one.icon} />
              <span className="item-label">{one.label}</span>
              {one.more === undefined ? null : <span className="quiet small clip">{one.more}</span>}
            </div>
          </div>
        ))}
        {found.length === 0 ? <p className="menu-head">{words.none}</p> : null}
      </div>
      <p className="palette-hint">{words.hint}</p>
      <p className="hidden" role="status">
        {format.plural(words.found, found.length)}
      </p>
    </>
  )
}

/** Search over everything. */
export const Palette = ({
  isOpen,
  onOpen
}: {
  readonly isOpen: boolean
  readonly onOpen: (isOpen: boolean) => void
}) => {
  const words = useWords().shell.search
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog palette">
          <Dialog.Title className="hidden">{words.title}</Dialog.Title>
          <Search onDone={() => onOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
