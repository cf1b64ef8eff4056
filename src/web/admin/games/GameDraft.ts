import type { ManagedGame } from "../../../games/ManagedGame.ts"
import { isSame } from "../ui/Merge.ts"
import { ownZone } from "../ui/OwnZone.ts"
import { momentOf, wallOf } from "../ui/ZoneTime.ts"

export const limitKinds = ["none", "ever", "day", "window"] as const
export type LimitKind = (typeof limitKinds)[number]

export const windowUnits = ["seconds", "minutes", "hours", "days"] as const
export type WindowUnit = (typeof windowUnits)[number]

const secondsOf: Readonly<Record<WindowUnit, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 }

/** A game's settings as the fields of a form hold them. Times are those of clocks in `timeZone`. */
export interface GameDraft {
  readonly title: string
  readonly timeZone: string
  readonly opensAt: string
  readonly closesAt: string
  readonly limitKind: LimitKind
  readonly limitPlays: string
  readonly limitWindow: string
  readonly limitUnit: WindowUnit
  readonly esp: string
  readonly espList: string
  readonly espTags: string
}

export const newDraft: GameDraft = {
  title: "",
  timeZone: ownZone,
  opensAt: "",
  closesAt: "",
  limitKind: "none",
  limitPlays: "1",
  limitWindow: "24",
  limitUnit: "hours",
  esp: "sandbox",
  espList: "",
  espTags: ""
}

const windowOf = (seconds: number | null): Pick<GameDraft, "limitWindow" | "limitUnit"> => {
  if (seconds === null) return { limitWindow: newDraft.limitWindow, limitUnit: newDraft.limitUnit }
  const limitUnit = windowUnits.findLast((unit) => seconds % secondsOf[unit] === 0) ?? "seconds"
  return { limitWindow: String(seconds / secondsOf[limitUnit]), limitUnit }
}

export const draftOf = (game: ManagedGame): GameDraft => ({
  title: game.title,
  timeZone: game.timeZone,
  opensAt: wallOf(game.opensAt, game.timeZone),
  closesAt: wallOf(game.closesAt, game.timeZone),
  limitKind: game.limit?.period ?? "none",
  limitPlays: String(game.limit?.plays ?? newDraft.limitPlays),
  ...windowOf(game.limit?.windowSeconds ?? null),
  esp: game.esp,
  espList: game.espList ?? "",
  espTags: game.espTags.join(", ")
})

const tagsOf = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "")

/** What is no number stays a text, so that the contract says what is wrong with it. */
const numberOf = (text: string): number | string => (text.trim() === "" ? text : Number(text))

const limitOf = ({ limitKind, limitPlays, limitUnit, limitWindow }: GameDraft) => {
  if (limitKind === "none") return null
  const amount = numberOf(limitWindow)
  return {
    plays: numberOf(limitPlays),
    period: limitKind,
    windowSeconds: limitKind !== "window" ? null : typeof amount === "number" ? amount * secondsOf[limitUnit] : amount
  }
}

/** What the contract takes, before it was checked. A time that no clock shows is `undefined`: see `wrongTimes`. */
const bodyOf = (draft: GameDraft) => ({
  title: draft.title.trim(),
  timeZone: draft.timeZone,
  opensAt: momentOf(draft.opensAt, draft.timeZone),
  closesAt: momentOf(draft.closesAt, draft.timeZone),
  limit: limitOf(draft),
  esp: draft.esp,
  espList: draft.espList.trim() === "" ? null : draft.espList.trim(),
  espTags: tagsOf(draft.espTags)
})

/** The fields whose time there is not. */
export const wrongTimes = (draft: GameDraft): ReadonlyArray<"opensAt" | "closesAt"> =>
  (["opensAt", "closesAt"] as const).filter((name) => momentOf(draft[name], draft.timeZone) === undefined)

export const addition = (draft: GameDraft, slug: string): object => ({ slug, ...bodyOf(draft) })

/**
 * Only what is different: a form knows times to the minute, and what was not touched stays as exact as it is. Another connection
 * would empty list and tags, so they go with it.
 */
export const changesOf = (draft: GameDraft, base: GameDraft): object => {
  const [now, before] = [bodyOf(draft), bodyOf(base)]
  const isMoved = now.esp !== before.esp
  return Object.fromEntries(
    Object.entries(now).filter(
      ([name, value]) =>
        !isSame(value, before[name as keyof typeof before]) || (isMoved && (name === "espList" || name === "espTags"))
    )
  )
}

/** `Autumn wheel 2026!` → `autumn-wheel-2026`; "" where nothing of the title fits a slug. */
export const slugOf = (title: string): string =>
  title
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 64)
    .replace(/-$/, "")
