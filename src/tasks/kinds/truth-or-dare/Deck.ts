import type { AgeGroup, Input, Mood } from "./Card.ts"

/** Cards that suit the same moods and age groups. */
interface Group {
  readonly moods: ReadonlyArray<Mood>
  readonly ages: ReadonlyArray<AgeGroup>
  readonly texts: ReadonlyArray<string>
}

/** The cards of one language. */
export type Deck = { readonly [Type in Input["type"]]: ReadonlyArray<Group> }

export const everyone: ReadonlyArray<AgeGroup> = ["kids", "teens", "adults"]
export const grown: ReadonlyArray<AgeGroup> = ["teens", "adults"]
export const adults: ReadonlyArray<AgeGroup> = ["adults"]
