import type { Slug } from "../../../games/Game.ts"
import { Client, nothing, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { game as readGame } from "../Search.ts"
import { useWords } from "../Speech.tsx"
import { Select } from "./Select.tsx"

/** The first hundred games, the newest first. */
export const useGames = () =>
  useQuery(
    useMay()("games:read")
      ? Client.query("games", "list", { query: { limit: 100 }, reactivityKeys: ["games"] })
      : nothing
  )

/** A game, or all of them (undefined). One that is not in the list, but in the address, is there too. */
export const GameSelect = (props: {
  readonly value: Slug | undefined
  readonly isAllHidden?: boolean
  readonly isLabelHidden?: boolean
  readonly onChange: (game: Slug | undefined) => void
}) => {
  const words = useWords().shell.game
  const games = useGames().value?.items ?? []
  const { isAllHidden = false, value } = props
  const isListed = value === undefined || games.some(({ slug }) => slug === value)
  return (
    <Select
      label={words.label}
      isLabelHidden={props.isLabelHidden === true}
      value={value ?? ""}
      options={[
        ...(isAllHidden ? [] : [{ value: "", label: words.all }]),
        ...(isListed ? [] : [{ value: value as string, label: value as string }]),
        ...games.map(({ slug, title }) => ({ value: slug as string, label: title }))
      ]}
      onChange={(chosen) => props.onChange(readGame(chosen))}
    />
  )
}
