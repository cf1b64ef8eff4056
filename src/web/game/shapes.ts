/** What `GET /api/v1/games/{slug}/page` answers, and what a data block in the page holds. Unknown fields are left alone. */
export interface Page {
  readonly slug: string
  readonly title: string
  readonly state: "draft" | "scheduled" | "open" | "closed"
  /** RFC 3339; null: no bound. */
  readonly opensAt: string | null
  readonly closesAt: string | null
  /** The language that was answered: a BCP 47 tag. */
  readonly language: string
  readonly direction: "ltr" | "rtl"
  readonly mechanic: MechanicName
  /** What may come, for wheel and scratch card. Weights never leave the server. */
  readonly segments: ReadonlyArray<Segment>
  readonly questions: ReadonlyArray<Question>
  readonly settings: { readonly pairs?: number; readonly seconds?: number }
  readonly theme: Theme
  /** The brand's own words; an empty text: the widget's. */
  readonly texts: {
    readonly heading: string
    readonly lead: string
    readonly button: string
    readonly won: string
    readonly lost: string
    readonly thanks: { readonly new: string; readonly returning: string; readonly nth: string }
  }
  readonly consent: { readonly text: string; readonly version: string; readonly required: boolean } | null
  readonly name: "none" | "optional" | "required"
  /** The widget's words in a language that it does not carry, by the keys of `texts/en.ts`; plurals as `key.category`. */
  readonly words: Readonly<Record<string, string>> | null
}

export type MechanicName = "wheel" | "scratch" | "quiz" | "memory" | "catch"

export interface Segment {
  readonly id: string
  readonly title: string
  readonly colour?: string
}

export interface Question {
  readonly id: string
  readonly text: string
  readonly options: ReadonlyArray<{ readonly id: string; readonly text: string }>
  /** The id of the right option. */
  readonly right: string
}

export interface Theme {
  readonly accent: string
  readonly onAccent: string
  readonly gold: string
  readonly paper: string
  readonly ink: string
  /** Of the card, in pixels. */
  readonly radius: number
  readonly logo: string | null
  readonly picture: string | null
}

/** What the server chose. The page never draws it. */
export interface Prize {
  readonly segment?: string
  /** Of a prize of its own right; left out: the segment is all there is. */
  readonly id?: string
  readonly title: string
  readonly code?: string
  readonly isWin: boolean
}

/** The answer to a play. Without `prize` the game has nothing to win, and the player is thanked. */
export interface Play {
  readonly id: string
  readonly playedBefore: boolean
  readonly plays: number
  readonly contact: "existed" | "created" | "rejected" | "unknown"
  readonly prize?: Prize
}

/** A problem of the API (RFC 9457), with the fields that the widget reads. */
export interface Problem {
  readonly type?: string
  readonly nextPlayAt?: string | null
  readonly opensAt?: string | null
  readonly closesAt?: string | null
  readonly retryAfterSeconds?: number
  readonly errors?: ReadonlyArray<{ readonly path: ReadonlyArray<string | number> }>
}

/** What a mechanic works with. */
export interface Stage {
  readonly page: Page
  readonly say: Say
  readonly sound: Sound
  /** No movement is wanted. */
  readonly calm: boolean
  /** Tells people who listen; nothing is seen of it. */
  readonly tell: (text: string) => void
  /** The colours as they are: those of the theme, unless custom properties of the page around say otherwise. */
  readonly colours: Colours
}

export interface Colours {
  readonly accent: string
  readonly gold: string
  /** Six colours that stand side by side. */
  readonly parts: ReadonlyArray<string>
}

/** The words of a language. `n` in the values chooses the plural form. */
export type Say = (key: string, values?: Readonly<Record<string, string | number>>) => string

export interface Sound {
  /** Whether it is on now. */
  readonly toggle: () => boolean
  readonly tick: (pitch?: number) => void
  readonly win: () => void
}

/** Wheel and scratch card: the address comes first, and the answer brings the prize. */
export interface Chance {
  readonly element: HTMLElement
  /** The play was sent. */
  readonly start: () => void
  /** The answer is there: ends when the player has seen it. `ask` shows a button that does the same as the hand. */
  readonly reveal: (prize: Prize | undefined, ask: (button: HTMLButtonElement) => void) => Promise<void>
  /** The play failed: back to rest. */
  readonly rest: () => void
}

/** Quiz, memory and catch: the game comes first, and its score goes with the address. */
export interface Skill {
  readonly element: HTMLElement
  /** Ends with the score. */
  readonly play: () => Promise<number>
}

export type Mechanic = Chance | Skill
