import { encode } from "uqr"

/** A QR code (ISO/IEC 18004) as an SVG image of its own, with the quiet zone that the standard asks for, black on white. */
export const qrSvg = (text: string): string => {
  const { data, size } = encode(text, { ecc: "L", border: 4 })
  // One rectangle for each run of dark modules: a quarter of the length of one for each module.
  const path = data.flatMap((row, y) =>
    [
      ...row
        .map((dark) => (dark ? "1" : "0"))
        .join("")
        .matchAll(/1+/g)
    ].map(({ 0: run, index }) => `M${index} ${y}h${run.length}v1h-${run.length}z`)
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path.join("")}"/></svg>`
}
