import { el, press } from "../dom.ts"
import type { Skill, Stage } from "../shapes.ts"

/** Pairs in a random order (Fisher and Yates). */
export const shuffled = (pairs: number, random: () => number): ReadonlyArray<number> => {
  const cards: Array<number> = []
  for (let place = 0; place < pairs * 2; place++) {
    const other = Math.floor(random() * (place + 1))
    cards[place] = cards[other] ?? 0
    cards[other] = place >> 1
  }
  return cards
}

/** Columns for so many cards: no row stays half empty where that can be. */
export const columnsOf = (cards: number): number => [5, 4, 3].find((columns) => cards % columns === 0) ?? 4

/** A score of 0 to 100: 100 for a pair with every move, less the more moves it took. */
export const scoreOf = (pairs: number, moves: number): number => Math.round((100 * pairs) / Math.max(pairs, moves))

const signs = "★♥♣♦♠●▲☀☂♫"

interface Card {
  readonly button: HTMLButtonElement
  readonly sign: number
  /** Its number, and when it is up its sign as a letter. */
  readonly turn: (isUp: boolean) => string
}

export const memory = ({ page, say, sound, tell }: Stage): Skill => {
  const pairs = Math.min(10, Math.max(3, page.settings.pairs ?? 6))
  const columns = columnsOf(pairs * 2)
  const counted = el("span")
  const found = el("span")
  let moves = 0
  let met = 0
  let up: ReadonlyArray<Card> = []
  let done: (score: number) => void = () => undefined

  const count = () => {
    counted.textContent = say("memoryMoves", { n: moves })
    found.textContent = say("of", { n: met, total: pairs })
  }
  const hide = () => {
    for (const card of up) card.turn(false)
    up = []
  }
  const open = (card: Card) => {
    // Two different cards lie open until the next one is asked for, or for a second: nobody has to hurry.
    if (up.length === 2) hide()
    if (card.button.className !== "flip") return
    sound.tick(700)
    let told = card.turn(true)
    const pair = (up = [...up, card])
    if (pair.length === 2) {
      moves++
      if (pair[0]?.sign === card.sign) {
        met++
        for (const { button } of pair) button.classList.add("met")
        up = []
        told += `. ${say("right")}`
        sound.win()
        if (met === pairs) setTimeout(() => done(scoreOf(pairs, moves)), 900)
      } else setTimeout(() => up === pair && hide(), 1100)
      count()
    }
    tell(told)
  }
  const buttons = shuffled(pairs, Math.random).map((sign, place) => {
    const face = el("span", {}, `${signs[sign]}\u{fe0e}`)
    face.style.color = `hsl(${sign * 36} 70% 38%)`
    const turn = (isUp: boolean): string => {
      button.classList.toggle("up", isUp)
      return (button.ariaLabel = say("card", { n: place + 1 }) + (isUp ? `: ${"ABCDEFGHIJ"[sign]}` : ""))
    }
    const button = press("flip", "", () => open(card))
    const card = { button, sign, turn }
    button.append(el("span"), face)
    turn(false)
    return button
  })
  const field = el("div", { class: "cards" }, ...buttons)
  field.style.setProperty("--columns", String(columns))
  field.onkeydown = (pressed) => {
    const across = page.direction === "rtl" ? -1 : 1
    const step = { ArrowLeft: -across, ArrowRight: across, ArrowUp: -columns, ArrowDown: columns }[pressed.key]
    if (!step) return
    pressed.preventDefault()
    buttons[buttons.indexOf(pressed.target as HTMLButtonElement) + step]?.focus()
  }
  count()
  field.inert = true
  return {
    element: el("div", { class: "pile" }, el("div", { class: "row bar" }, counted, found), field),
    play: () =>
      new Promise((resolve) => {
        done = resolve
        field.inert = false
        buttons[0]?.focus()
      })
  }
}
