import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"

const css = readFileSync(new URL("../../src/web/admin/css/tokens.css", import.meta.url), "utf8")

type Colours = Readonly<Record<"light" | "dark", string>>

const tokens = new Map<string, Colours>(
  [...css.matchAll(/--([\w-]+): (?:light-dark\((#[\da-f]{6}), (#[\da-f]{6})\)|(#[\da-f]{6}));/g)].map(
    ([, name = "", light, dark, both]) => [name, { light: light ?? both ?? "", dark: dark ?? both ?? "" }]
  )
)

/** WCAG 2.2, "relative luminance". */
const luminance = (colour: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const contrast = (a: string, b: string): number => {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

const grounds = ["paper", "surface", "raised", "sunk"]

/** Text needs 4.5 (1.4.3). */
const texts = [
  ...["ink", "soft"].flatMap((text) => grounds.map((ground) => [text, ground] as const)),
  ...["accent", "good", "info", "bad", "gold"].flatMap((text) =>
    ["paper", "surface", "raised", `${text}-soft`].map((ground) => [text, ground] as const)
  ),
  ["ink", "accent-soft"],
  ["on-fill", "fill"],
  ["on-fill", "fill-hover"]
] as const

/** A token's colour behind what is dimmed to `part`, with another one under both. */
const dimmed = (above: string, under: string, part: number): string => {
  const mixed = [1, 3, 5].map((at) => {
    const [a = 0, b = 0] = [above, under].map((colour) => Number.parseInt(colour.slice(at, at + 2), 16))
    return Math.round(a * part + b * (1 - part))
      .toString(16)
      .padStart(2, "0")
  })
  return `#${mixed.join("")}`
}

const stale = Number(/--stale: ([\d.]+);/.exec(css)?.[1])

/** Edges of fields, and bars of charts, need 3 (1.4.11). */
const shapes = [
  ...["paper", "surface", "raised"].map((ground) => ["edge", ground] as const),
  ["one", "surface"],
  ["two-edge", "surface"],
  ["info", "surface"],
  ["accent", "sunk"]
] as const

const colour = (name: string, theme: "light" | "dark"): string => {
  const found = tokens.get(name)?.[theme]
  if (found === undefined) return assert.fail(`there is no token ${name}`)
  return found
}

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  it.each(texts)("--%s is read on --%s", (text, ground) => {
    assert.isAtLeast(contrast(colour(text, theme), colour(ground, theme)), 4.5)
  })

  it.each(texts)("--%s is read on --%s while it is asked for again", (text, ground) => {
    assert.isBelow(stale, 1)
    for (const name of ["surface", "raised"]) {
      const under = colour(grounds.includes(ground) && ground !== "sunk" ? ground : name, theme)
      const faint = (token: string) => dimmed(colour(token, theme), under, stale)
      assert.isAtLeast(contrast(faint(text), faint(ground)), 4.5)
    }
  })

  it.each(shapes)("--%s is seen on --%s", (shape, ground) => {
    assert.isAtLeast(contrast(colour(shape, theme), colour(ground, theme)), 3)
  })
})
