import { Context } from "effect"
import type { Html } from "./Markup.ts"

/** Something to look at, on the first page of the service. */
export interface Shown {
  readonly href: string
  readonly title: string
  readonly text: string
  /** An SVG without scripts and styles. */
  readonly picture: Html
}

/** What the first page shows besides its own. The program's root provides it: the demonstration has games to try. */
export const Showcase = Context.Reference<ReadonlyArray<Shown>>("fairground/platform/pages/Showcase", {
  defaultValue: () => []
})
