/** The numbers beside a chart. */
export interface Scale {
  readonly max: number
  /** From 0 to `max`. */
  readonly steps: ReadonlyArray<number>
}

/** Round steps for whole numbers up to `most`: at most five, and the last is not below it. */
export const scaleOf = (most: number): Scale => {
  const rough = Math.max(most, 1) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const size = Math.max(
    1,
    [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough && Number.isInteger(one)) ?? 10 * power
  )
  const count = Math.max(1, Math.ceil(most / size))
  return { max: count * size, steps: Array.from({ length: count + 1 }, (_, step) => step * size) }
}

/** Which labels have room, one every 84 pixels or so. */
export const shownLabels = (count: number, slot: number): ReadonlyArray<number> => {
  if (count === 0 || slot <= 0) return []
  const every = Math.max(1, Math.ceil(84 / slot))
  return Array.from({ length: Math.ceil(count / every) }, (_, place) => place * every).filter(
    // The last would be cut off at the edge.
    (index) => (count - index - 0.5) * slot >= 20
  )
}

const round = (value: number) => Math.round(value * 100) / 100

/** The outline of a bar that stands on `base`, with round corners at its top. */
export const barTop = (x: number, base: number, width: number, height: number, radius: number): string => {
  const r = round(Math.min(radius, width / 2, height))
  const [left, right, top] = [round(x), round(x + width), round(base - height)]
  return `M${left} ${round(base)}V${round(top + r)}Q${left} ${top} ${round(left + r)} ${top}H${round(right - r)}Q${right} ${top} ${right} ${round(top + r)}V${round(base)}Z`
}
