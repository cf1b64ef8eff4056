import { brush, el } from "./dom.ts"

export type Rgb = readonly [number, number, number]

/** The parts of `#rrggbb`, which is what a canvas makes of an opaque colour; undefined: it is something else. */
export const parse = (text: string): Rgb | undefined =>
  /^#[\da-f]{6}$/i.test(text)
    ? (text.match(/\w\w/g)?.map((part) => Number.parseInt(part, 16)) as unknown as Rgb)
    : undefined

/** Any opaque colour of CSS within sRGB, else the second. */
export const resolve = (colour: string, otherwise: Rgb): Rgb => {
  if (!CSS.supports("color", colour)) return otherwise
  const context = brush(el("canvas"))
  // A canvas writes down in one way what it was given in any. No pixel is read: some browsers blur those.
  context.fillStyle = colour
  return parse(context.fillStyle) ?? otherwise
}

/** So much of the second in the first. */
export const mix = (first: Rgb, second: Rgb, share: number): string =>
  "#" +
  first
    .map((part, place) =>
      Math.round(part + ((second[place] ?? 0) - part) * share)
        .toString(16)
        .padStart(2, "0")
    )
    .join("")

/** Relative luminance by WCAG 2.2. */
export const luminance = (colour: Rgb): number =>
  colour.reduce(
    (sum, part, place) =>
      sum +
      (part < 11 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4) * ([0.2126, 0.7152, 0.0722][place] ?? 0),
    0
  )

/** White where it is read well (4.5:1) on the colour, else black, which then is. */
export const inkOn = (colour: Rgb): string => (luminance(colour) < 0.1833 ? "#ffffff" : "#000000")

const white: Rgb = [255, 255, 255]

/** Six colours that stand side by side, from the two of a theme. */
export const partsOf = (accent: Rgb, gold: Rgb): ReadonlyArray<string> => [
  mix(accent, white, 0),
  mix(gold, white, 0.55),
  mix(accent, [58, 16, 74], 0.72),
  mix(gold, white, 0),
  mix(accent, gold, 0.35),
  mix(accent, white, 0.86)
]
