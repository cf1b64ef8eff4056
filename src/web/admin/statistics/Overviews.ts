import type { Slug } from "../../../games/Game.ts"
import type { Overview } from "../../../statistics/Statistic.ts"
import { Client, nothing, type Query, useQuery } from "../Client.ts"
import { useAgain, useLive } from "../LiveStream.ts"

export type { Overview }
export type Note = Overview["notes"][number]

/** The key of the queries that hold notes. */
export const notesKey = "statistics-notes"

/** Days of the zone; without `to` until now. */
interface Asked {
  readonly game?: Slug
  readonly zone?: string
  readonly from: string
  readonly to?: string
}

/** All that a screen shows of a time, in one request, which is made again as plays come in; undefined: not asked for yet. */
export const useOverview = (query: Asked | undefined): Query<Overview> => {
  const overview = useQuery(
    query === undefined
      ? nothing
      : Client.query("statistics", "overview", { query, reactivityKeys: ["plays", "statistics", notesKey] })
  )
  useLive("plays", "statistics", 15_000)
  // All players of a time are counted in the background, after somebody has asked for them.
  useAgain("statistics", 3000, overview.value?.total.players === null)
  return overview
}
