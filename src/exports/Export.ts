import { DateTime, Schema } from "effect"
import type { Verdict } from "../esp/Verdict.ts"
import type { Slug } from "../games/Game.ts"

export const ExportFormat = Schema.Literals(["csv", "jsonl"]).annotate({
  description:
    "`csv`: for spreadsheets, with a header line; text that a spreadsheet would take for a formula begins with an apostrophe. `jsonl`: a JSON object per line, with everything exactly as it is stored.",
  examples: ["csv"]
})
export type ExportFormat = typeof ExportFormat.Type

export const contentTypes = { csv: "text/csv; charset=utf-8; header=present", jsonl: "application/jsonl" } as const

interface Times {
  readonly from?: DateTime.Utc
  readonly to?: DateTime.Utc
  readonly game?: Slug
}

/** What is taken, and of what. */
export type Asked = { readonly format: ExportFormat } & (
  | ({ readonly what: "plays" | "players" } & Times)
  | ({ readonly what: "contacts"; readonly verdict?: Verdict; readonly stuck?: boolean; readonly esp?: string } & Times)
)

/** `plays-wheel-2026-11-20T100000Z.csv` */
export const fileNameOf = ({ format, game, what }: Asked, now: DateTime.Utc): string => {
  const moment = DateTime.formatIso(now).replace(/\.\d+/, "").replaceAll(":", "")
  return `${[what, ...(game === undefined ? [] : [game]), moment].join("-")}.${format}`
}
