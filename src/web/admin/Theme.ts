import { remember, remembered } from "./Remembered.ts"
import { makeStore } from "./Store.ts"

export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]

const kept = remembered("theme")

/** The theme that was chosen in this browser. `early.js` has put it on the page already. */
export const theme = makeStore<Theme>(themes.find((one) => one === kept) ?? "system")

export const chooseTheme = (chosen: Theme): void => {
  remember("theme", chosen === "system" ? null : chosen)
  if (chosen === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = chosen
  theme.set(chosen)
}
