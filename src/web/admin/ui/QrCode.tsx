import { useMemo } from "react"
import { encode } from "uqr"

/** A QR code (ISO/IEC 18004) with the quiet zone that the standard asks for: its side, and the dark modules as a path. */
const drawn = (text: string) => {
  const { data, size } = encode(text, { ecc: "M", border: 4 })
  // One rectangle for each run of dark modules: a quarter of the length of one for each module.
  const path = data.flatMap((row, y) =>
    [
      ...row
        .map((isDark) => (isDark ? "1" : "0"))
        .join("")
        .matchAll(/1+/g)
    ].map(({ 0: run, index }) => `M${index} ${y}h${run.length}v1h-${run.length}z`)
  )
  return { size, path: path.join("") }
}

/** Black on white in both themes, because cameras expect it so. */
export const QrCode = ({ label, text }: { readonly text: string; readonly label: string }) => {
  const { path, size } = useMemo(() => drawn(text), [text])
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000" d={path} />
    </svg>
  )
}

/** The same as a file, in an address. */
export const qrFile = (text: string): string => {
  const { path, size } = drawn(text)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
