import { DateTime, Effect } from "effect"
import * as Terminal from "../platform/cli/Terminal.ts"
import * as Moment from "../platform/contract/Moment.ts"
import type { Game, PlayLimit } from "./Game.ts"

/** Games as the commands print them. */

const limitText = (value: PlayLimit | null) => {
  if (value === null) return "none"
  return value.period === "window"
    ? `${value.plays} per ${value.windowSeconds} s`
    : `${value.plays} per ${value.period}`.replace("per ever", "ever")
}

const espText = ({ esp, espList, espTags }: Game) =>
  [
    esp,
    ...(espList === null ? [] : [`list ${espList}`]),
    ...(espTags.length === 0 ? [] : [`tags ${espTags.join(", ")}`])
  ].join(", ")

export const facts = (game: Game, now: DateTime.Utc) => ({
  slug: game.slug,
  title: game.title,
  state: game.stateAt(now),
  isOpen: game.isOpenAt(now),
  opensAt: Moment.iso(game.opensAt),
  closesAt: Moment.iso(game.closesAt),
  timeZone: game.timeZone,
  limit: game.limit,
  esp: game.esp,
  espList: game.espList,
  espTags: game.espTags,
  version: game.version,
  archivedAt: Moment.iso(game.archivedAt)
})

const stateText = (game: Game, now: DateTime.Utc) =>
  game.archivedAt === null ? (game.isOpenAt(now) ? "open" : "not open") : `archived at ${Moment.iso(game.archivedAt)}`

export const linesOf = (game: Game, now: DateTime.Utc): ReadonlyArray<string> => [
  `${game.slug}: ${game.title}`,
  `  ${stateText(game, now)}, from ${Moment.iso(game.opensAt) ?? "the start"} to ${Moment.iso(game.closesAt) ?? "no end"}`,
  `  limit: ${limitText(game.limit)}; time zone: ${game.timeZone}; ESP: ${espText(game)}`
]

export const print = (game: Game, asJson: boolean) =>
  Effect.flatMap(DateTime.now, (now) => Terminal.print(asJson ? JSON.stringify(facts(game, now)) : linesOf(game, now)))
