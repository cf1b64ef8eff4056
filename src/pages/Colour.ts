/** The least contrast of text and ground (WCAG 2.2, success criterion 1.4.3). */
export const leastContrast = 4.5

/** `#b3123f` or `#b13`, in capitals or not. */
export const isColour = (text: string): boolean => /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text)

/** `#B13` → `#bb1133`. */
export const sixDigits = (colour: string): string => {
  const digits = colour.slice(1).toLowerCase()
  return `#${digits.length === 3 ? digits.replace(/./g, "$&$&") : digits}`
}

/** A part of a colour as light (WCAG 2.2, relative luminance). */
const linear = (part: number): number => {
  const share = part / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

const luminance = (colour: string): number => {
  const digits = sixDigits(colour)
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(Number.parseInt(digits.slice(at, at + 2), 16)))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The contrast of two colours, from 1 to 21 (WCAG 2.2, contrast ratio). */
export const contrast = (a: string, b: string): number => {
  const [dark, light] = [luminance(a), luminance(b)].toSorted((one, other) => one - other) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** As people write it: rounded down, so that what falls short never looks as if it did not. */
export const shownContrast = (ratio: number): number => Math.floor(ratio * 100) / 100
