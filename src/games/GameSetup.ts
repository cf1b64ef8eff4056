import { DateTime, type Schema } from "effect"
import * as Moment from "../platform/contract/Moment.ts"
import type { Game, PlayLimit } from "./Game.ts"

/** What of a game can be changed. */
export interface GameSetup {
  readonly title: string
  readonly opensAt: DateTime.Utc | null
  readonly closesAt: DateTime.Utc | null
  readonly timeZone: string
  readonly limit: PlayLimit | null
  readonly esp: string
  readonly espList: string | null
  readonly espTags: ReadonlyArray<string>
  readonly archivedAt: DateTime.Utc | null
}

export const setupOf = (game: Game): GameSetup => ({
  title: game.title,
  opensAt: game.opensAt,
  closesAt: game.closesAt,
  timeZone: game.timeZone,
  limit: game.limit,
  esp: game.esp,
  espList: game.espList,
  espTags: game.espTags,
  archivedAt: game.archivedAt
})

/** As the audit log tells it. */
export const plainOf = (setup: GameSetup) => ({
  ...setup,
  opensAt: Moment.iso(setup.opensAt),
  closesAt: Moment.iso(setup.closesAt),
  archivedAt: Moment.iso(setup.archivedAt)
})

/** The fields that differ, with their old and new values; undefined: none does. */
export const changesBetween = (from: GameSetup, to: GameSetup): Schema.JsonObject | undefined => {
  const [before, after] = [plainOf(from), plainOf(to)]
  const changed = (Object.keys(before) as Array<keyof typeof before>)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => [name, { from: before[name], to: after[name] }] as const)
  return changed.length === 0 ? undefined : Object.fromEntries(changed)
}

/** The game would close before it opens, or with the opening. */
export const isReversed = ({ closesAt, opensAt }: Pick<GameSetup, "closesAt" | "opensAt">): boolean =>
  opensAt !== null && closesAt !== null && !DateTime.isLessThan(opensAt, closesAt)

/** Takes plays from this moment on: a later opening comes forward, and an end that is over is lifted. */
export const opened = <Setup extends Pick<GameSetup, "closesAt" | "opensAt">>(
  setup: Setup,
  at: DateTime.Utc
): Setup => ({
  ...setup,
  opensAt: setup.opensAt !== null && DateTime.isGreaterThan(setup.opensAt, at) ? at : setup.opensAt,
  closesAt: setup.closesAt !== null && !DateTime.isGreaterThan(setup.closesAt, at) ? null : setup.closesAt
})

/** Takes no plays from this moment on: what has closed before keeps its time, and what has not opened never will. */
export const closed = <Setup extends Pick<GameSetup, "closesAt" | "opensAt">>(
  setup: Setup,
  at: DateTime.Utc
): Setup => ({
  ...setup,
  opensAt: setup.opensAt !== null && DateTime.isLessThan(setup.opensAt, at) ? setup.opensAt : null,
  closesAt: setup.closesAt !== null && DateTime.isLessThan(setup.closesAt, at) ? setup.closesAt : at
})
