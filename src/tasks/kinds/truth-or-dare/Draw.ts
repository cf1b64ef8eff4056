import { createHash } from "node:crypto"
import type { Input } from "./Card.ts"
import type { Deck } from "./Deck.ts"
import { english } from "./DeckEnglish.ts"
import { russian } from "./DeckRussian.ts"

export const decks: { readonly [Language in Input["language"]]: Deck } = { en: english, ru: russian }

/** Numbers derived from the task's id, so that a repeated attempt draws the same card. */
const numbers = (taskId: string) => {
  const digest = createHash("sha256").update(taskId).digest()
  return { turn: digest.readUInt32BE(0), card: digest.readUInt32BE(4), other: digest.readUInt32BE(8) }
}

const at = <A>(values: ReadonlyArray<A>, index: number): A => {
  const value = values[index % values.length]
  if (value === undefined) throw new Error("There is nothing to draw from")
  return value
}

/** Chooses by the task's id whose turn it is, and another player; `other` is undefined where there is only one player. */
export const cast = (taskId: string, players: Input["players"]) => {
  const { other, turn } = numbers(taskId)
  const player = at(players, turn)
  const others = players.filter((_, index) => index !== turn % players.length)
  return { player: player.trim(), other: others.length === 0 ? undefined : at(others, other).trim() }
}

/** Replaces the placeholders of a text by names. A name that looks like a placeholder is not replaced again. */
export const withNames = (text: string, { other, player }: ReturnType<typeof cast>): string =>
  text.replaceAll(/\{(player|other)\}/g, (_, place) => (place === "player" ? player : (other ?? player)))

/** The texts that fit the input, with their placeholders. */
export const fitting = ({ ageGroup, language, mood, players, type }: Input): ReadonlyArray<string> =>
  decks[language][type]
    .filter(({ ages, moods }) => moods.includes(mood) && ages.includes(ageGroup))
    .flatMap(({ texts }) => texts)
    .filter((text) => players.length > 1 || !text.includes("{other}"))

/** The text of a task's card, and the player whose turn it is. */
export const draw = (taskId: string, input: Input) => {
  const played = cast(taskId, input.players)
  return { text: withNames(at(fitting(input), numbers(taskId).card), played), player: played.player }
}
