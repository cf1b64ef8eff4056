import type { GameState } from "../../../games/Game.ts"
import { useWords } from "../Speech.tsx"
import { Badge } from "../ui/Badge.tsx"

const tones = { open: "good", scheduled: "info", closed: "mute", archived: "mute" } as const

/** What a game is at this moment. */
export const StateBadge = ({ state }: { readonly state: GameState }) => (
  <Badge tone={tones[state]}>{useWords().games.states[state]}</Badge>
)
