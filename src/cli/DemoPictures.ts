/**
 * Pictures of the demonstration's games for the first page. Presentation attributes instead of styles: the page's policy allows no
 * inline style.
 */

const picture = (name: string, ground: string, drawing: string) =>
  `<svg viewBox="0 0 240 120" role="img" aria-label="${name}"><rect width="240" height="120" fill="${ground}"/>${drawing}</svg>`

const colours = ["#b3123f", "#ffd166", "#0f766e", "#fff6e9", "#e8590c", "#ffd166"]

const slice = (at: number) => {
  const point = (turn: number) => {
    const angle = (turn * Math.PI) / 3
    return `${(120 + 48 * Math.sin(angle)).toFixed(1)} ${(62 - 48 * Math.cos(angle)).toFixed(1)}`
  }
  return `<path d="M120 62L${point(at)}A48 48 0 0 1 ${point(at + 1)}Z" fill="${colours[at] ?? ""}"/>`
}

const wheel = picture(
  "A wheel of fortune",
  "#fcecf0",
  `<circle cx="120" cy="62" r="54" fill="#7d0c2c"/>${[0, 1, 2, 3, 4, 5].map(slice).join("")}${Array.from(
    { length: 12 },
    (_, at) => {
      const angle = (at * Math.PI) / 6
      return `<circle cx="${(120 + 51 * Math.sin(angle)).toFixed(1)}" cy="${(62 - 51 * Math.cos(angle)).toFixed(1)}" r="2" fill="#ffe9b0"/>`
    }
  ).join("")}<circle cx="120" cy="62" r="10" fill="#fff"/><path d="M120 2l8 14h-16z" fill="#231a1f"/>`
)

const scratch = picture(
  "A scratch card",
  "#fff3d6",
  `<rect x="58" y="22" width="124" height="78" rx="10" fill="#fff"/><rect x="66" y="30" width="108" height="62" rx="6" fill="#c4bcc4"/><path d="M72 82l26-40 12 22 18-30 10 26 26-22" fill="none" stroke="#fff6e9" stroke-width="15" stroke-linecap="round" stroke-linejoin="round"/><path d="M120 44l5 12 13 1-10 8 3 13-11-7-11 7 3-13-10-8 13-1z" fill="#e8a800"/><circle cx="176" cy="90" r="15" fill="#e8a800"/><circle cx="176" cy="90" r="10.500" fill="none" stroke="#fff3d6" stroke-width="2"/>`
)

const quiz = picture(
  "A quiz",
  "#e6effc",
  `<rect x="40" y="18" width="160" height="30" rx="10" fill="#1f55a5"/><rect x="54" y="30" width="104" height="6" rx="3" fill="#fff"/>${[
    0, 1, 2
  ]
    .map(
      (at) =>
        `<rect x="40" y="${56 + at * 19}" width="160" height="15" rx="7.500" fill="${at === 1 ? "#0b6b44" : "#fff"}"/><rect x="54" y="${61 + at * 19}" width="${[70, 92, 56][at] ?? 0}" height="5" rx="2.500" fill="${at === 1 ? "#fff" : "#8aa4cf"}"/>`
    )
    .join("")}<path d="M180 82l4 4 8-9" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>`
)

const card = (x: number, y: number, front?: string) =>
  `<rect x="${x}" y="${y}" width="34" height="44" rx="6" fill="${front === undefined ? "#0f766e" : "#fff"}"/>${
    front === undefined
      ? `<circle cx="${x + 17}" cy="${y + 22}" r="8" fill="#5fd3a0"/>`
      : `<path transform="translate(${x + 17} ${y + 22})" d="${front}" fill="#b3123f"/>`
  }`

const heart = "M0 10C-14 0-9-11 0-4 9-11 14 0 0 10Z"

const memory = picture(
  "A game of memory",
  "#e2f5eb",
  [
    card(43, 12),
    card(83, 12, heart),
    card(123, 12),
    card(163, 12),
    card(43, 64),
    card(83, 64),
    card(123, 64, heart),
    card(163, 64)
  ].join("")
)

const gift = (x: number, y: number, box: string, band: string) =>
  `<rect x="${x}" y="${y}" width="20" height="18" rx="3" fill="${box}"/><path d="M${x + 10} ${y}v18M${x} ${y + 7}h20" stroke="${band}" stroke-width="3.500"/>`

const catching = picture(
  "A game of catching gifts",
  "#efe7fb",
  `${gift(52, 14, "#b3123f", "#ffd166")}${gift(112, 34, "#0f766e", "#fff6e9")}${gift(168, 8, "#e8590c", "#fff")}<path d="M84 76h72l-10 32H94z" fill="#8a5a2b"/><path d="M82 76h76" stroke="#5e3a17" stroke-width="7" stroke-linecap="round"/><path d="M92 88h56M96 99h48" stroke="#b98244" stroke-width="3"/>`
)

export const pictures = { wheel, scratch, quiz, memory, catch: catching } as const
