export const live = {
  title: "Happening now",
  on: "Live",
  off: "Connecting…",
  waiting: "Plays appear here as they are recorded.",
  newPlays: { one: "Show {count} new play", other: "Show {count} new plays" }
}
