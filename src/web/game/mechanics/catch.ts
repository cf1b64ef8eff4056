import { el } from "../dom.ts"
import type { Skill, Stage } from "../shapes.ts"

const lanes = 5

/** What falls. Places are shares of the field, in per cent. */
interface Gift {
  readonly element: HTMLElement
  readonly lane: number
  y: number
  readonly pace: number
  /** A star counts three. */
  readonly worth: 1 | 3
}

const laneAt = (lane: number): number => ((lane + 0.5) * 100) / lanes

/** Whether a basket at this place catches what falls there. */
export const catches = (basket: number, x: number): boolean => Math.abs(basket - x) < 10

export const catchGame = ({ calm, colours, page, say, sound, tell }: Stage): Skill => {
  const seconds = page.settings.seconds ?? 20
  const time = el("span")
  const points = el("span")
  const basket = el("i", { class: "basket" })
  const sky = el("div", { class: "sky", role: "application", tabindex: 0, "aria-label": say("catchStart") }, basket)
  const buttons = ["←", "→"].map((sign) => el("button", {}, sign))
  const element = el(
    "div",
    { class: "pile" },
    el("div", { class: "row bar" }, time, points),
    sky,
    el("div", { class: "row pad" }, ...buttons),
    el("p", { class: "hint" }, say("catchStart"))
  )
  element.inert = true

  const put = (what: HTMLElement, x: number, y?: number) => {
    what.style.left = `${x}%`
    if (y !== undefined) what.style.top = `${y}%`
  }
  const make = (lane: number, y: number, pace = 0): Gift => {
    const worth = Math.random() < 0.15 ? 3 : 1
    const gift = worth === 3 ? el("i", { class: "star" }, "★") : el("i", { class: "gift" })
    gift.style.setProperty("--c", colours.parts[Math.floor(Math.random() * 5)] ?? "")
    gift.style.rotate = `${Math.random() * 30 - 15}deg`
    put(gift, laneAt(lane), y)
    sky.append(gift)
    return { element: gift, lane, y, pace, worth }
  }
  let score = 0
  const write = (rest: number) => {
    time.textContent = say("time", { n: rest })
    points.textContent = say("score", { n: score })
  }
  // What hangs in the air before the start shows what the game is about.
  let gifts: Array<Gift> = [make(0, 30), make(1, 58), make(3, 40), make(4, 68)]
  put(basket, 50)
  write(seconds)

  const play = (resolve: (score: number) => void) => {
    let passed = 0
    let due = 0.4
    let next: Gift | undefined
    let at = 50
    let target = at
    const toLane = (lane: number) => {
      target = laneAt(Math.min(lanes - 1, Math.max(0, lane)))
    }
    /** One lane on, from wherever the basket is going. */
    const step = (way: number) => toLane(Math.floor((target * lanes) / 100) + way)
    element.onkeydown = (pressed) => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[pressed.key]
      if (way) step(way)
      else if (/^[1-5]$/.test(pressed.key)) toLane(Number(pressed.key) - 1)
      else return
      pressed.preventDefault()
    }
    for (const [place, button] of buttons.entries()) button.onclick = () => step(place * 2 - 1)
    sky.onpointermove = sky.onpointerdown = (pointer) => {
      const { left, width } = sky.getBoundingClientRect()
      target = Math.min(92, Math.max(8, ((pointer.clientX - left) / width) * 100))
    }

    let last = performance.now()
    const draw = (now: number) => {
      // A tab that was hidden, or a slow frame, makes nobody lose.
      const age = Math.min(0.05, (now - last) / 1000)
      last = now
      passed += age
      due -= age
      at += Math.max(-150 * age, Math.min(150 * age, target - at))
      put(basket, at)
      if (due <= 0 && passed < seconds - 1) {
        const lane = Math.floor(Math.random() * lanes)
        gifts.push(make(lane, -6, (calm ? 26 : 36) + passed * 0.7))
        due = (calm ? 1.5 : 1) - Math.min(0.45, passed / 80)
      }
      gifts = gifts.filter((gift) => {
        gift.y += gift.pace * age
        put(gift.element, laneAt(gift.lane), gift.y)
        const isCaught = gift.y > 82 && gift.y < 92 && catches(at, laneAt(gift.lane))
        if (isCaught) {
          score += gift.worth
          sound.tick(800 + gift.worth * 200)
        }
        if (!isCaught && gift.y < 108) return true
        gift.element.remove()
        return false
      })
      if (gifts[0] !== next) {
        next = gifts[0]
        // Who plays by ear hears the lane of the one that comes down next, and presses its number.
        if (next) tell(String(next.lane + 1))
      }
      write(Math.max(0, Math.ceil(seconds - passed)))
      if (passed < seconds && sky.isConnected) return requestAnimationFrame(draw)
      element.inert = true
      return resolve(score)
    }
    requestAnimationFrame(draw)
  }
  return {
    element,
    play: () => {
      for (const gift of gifts) gift.element.remove()
      gifts = []
      element.inert = false
      sky.focus()
      return new Promise(play)
    }
  }
}
