import { mix, partsOf, resolve } from "./colours.ts"
import { el } from "./dom.ts"
import type { Colours, Theme } from "./shapes.ts"

/**
 * Dresses the root, which stands in the host's shadow: in what custom properties of the page say, else in the theme. Returns the colours
 * as they came out.
 */
export const dress = (host: HTMLElement, root: HTMLElement, theme: Theme): Colours => {
  const probe = el("i", { class: "probe" })
  root.before(probe)
  const own = (key: string) => getComputedStyle(host).getPropertyValue(`--fairground-${key}`)
  const paper = resolve(own("paper") || theme.paper, [255, 255, 255])
  const ink = resolve(own("ink") || theme.ink, [33, 24, 32])
  // Dark where the page around is dark, as its `color-scheme` says. Paper that the page chose, or that is dark already, stays.
  const turns = !own("paper") && paper[1] > 160 && resolve(getComputedStyle(probe).color, ink)[0] > 127
  probe.remove()
  root.classList.toggle("dark", turns || paper[1] < 110)
  const set = (key: string, value: string): string => {
    const chosen = own(key) || value
    root.style.setProperty(`--${key}`, chosen)
    return chosen
  }
  set("on-accent", theme.onAccent)
  set("paper", turns ? mix(ink, [0, 0, 0], 0.18) : theme.paper)
  set("ink", turns ? mix(paper, ink, 0.06) : theme.ink)
  set("radius", `${theme.radius}px`)
  const accent = set("accent", theme.accent)
  const gold = set("gold", theme.gold)
  return { accent, gold, parts: partsOf(resolve(accent, [179, 18, 63]), resolve(gold, [255, 209, 102])) }
}
