import type { GamePage } from "../../../pages/GamePage.ts"
import type { FieldErrors } from "../ui/Checked.ts"

/** What every part of the look's form gets. */
export interface PageFields {
  readonly page: GamePage
  readonly errors: FieldErrors
  readonly isDisabled: boolean
  /** The language that texts are written in. */
  readonly language: string
  readonly change: (changed: Partial<GamePage>) => void
}
