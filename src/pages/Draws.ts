import type { Slug } from "../games/Game.ts"
import type { GamePage } from "./GamePage.ts"
import { choose, textIn } from "./Languages.ts"
import { lastsOf, manifestOf, type Pads, padsOf } from "./Odds.ts"

/** A segment that plays may draw: those up to `last`, from the one behind the segment before. */
interface Share {
  readonly segment: string
  readonly title: { readonly [language: string]: string }
  readonly isWin: boolean
  readonly last: bigint
}

/** What the plays of a game are drawn by. It is kept in memory, and leaves the process to the database only. */
export interface Draw {
  readonly pads: Pads
  readonly shares: ReadonlyArray<Share>
  readonly languages: ReadonlyArray<string>
}

/** The games whose plays draw. */
export type Draws = ReadonlyMap<Slug, Draw>

export const isDrawing = ({ segments }: Pick<GamePage, "segments">): boolean =>
  segments.some(({ weight = 0 }) => weight > 0)

/** Undefined: no segment has a weight. */
export const drawOf = (
  slug: Slug,
  { languages, segments }: Pick<GamePage, "languages" | "segments">,
  seed: Uint8Array
): Draw | undefined => {
  const weighted = segments.filter(({ weight = 0 }) => weight > 0)
  if (weighted.length === 0) return undefined
  const lasts = lastsOf(weighted.map(({ weight = 0 }) => weight))
  return {
    pads: padsOf(seed, manifestOf(slug)),
    languages,
    shares: weighted.map(({ id, isWin = false, title }, at) => ({
      segment: id,
      title,
      isWin,
      last: lasts[at] ?? -1n
    }))
  }
}

/** The language of a prize's title: that of the consent, where the page has it; else the page's first. */
export const languageOf = ({ languages }: Draw, wanted: string | undefined): string =>
  (wanted === undefined ? undefined : choose(languages, [wanted])) ?? languages[0] ?? "en"

export const titleIn = ({ languages }: Draw, { title }: Share, language: string): string =>
  textIn(title, [language, ...languages])
