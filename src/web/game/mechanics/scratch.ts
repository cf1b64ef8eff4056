import { el, press, sized } from "../dom.ts"
import { titleOf } from "../states.ts"
import type { Chance, Stage } from "../shapes.ts"

/** How much must be rubbed until the rest goes by itself, as a share of the card. Places may be rubbed twice. */
const enough = 0.75
/** Width of what a finger scratches at once, in pixels. */
const brushWidth = 46

export const scratch = ({ page, say, sound }: Stage): Chance => {
  const canvas = el("canvas")
  const title = el("span")
  const element = el("div", { class: "foil", "aria-hidden": true }, title, canvas)
  const { classList } = element

  let context: CanvasRenderingContext2D
  const cover = () => {
    // A card that somebody scratches, or has scratched, keeps its foil as it is.
    if (title.textContent !== "") return
    const { clientHeight: height, clientWidth: width } = canvas
    context = sized(canvas)
    const metal = context.createLinearGradient(0, 0, width, height)
    for (let place = 0; place < 6; place++) metal.addColorStop(place / 5, place % 2 === 0 ? "#bdb6c4" : "#f2eff5")
    context.fillStyle = metal
    context.fillRect(0, 0, width, height)
    // Grain of brushed metal: fine strokes, lighter and darker in turn.
    for (let stroke = 0; stroke < height * 2; stroke++) {
      context.fillStyle = stroke % 2 === 0 ? "#fff3" : "#4a405018"
      context.fillRect(Math.random() * width - 40, Math.random() * height, 40 + Math.random() * 90, 1)
    }
    context.font = "22px sans-serif"
    // Stamped stars: each with a lighter one beside it.
    for (let place = 0; place < 99; place++) {
      const x = (place % 11) * 54 + (Math.floor(place / 11) % 2) * 27
      const y = Math.floor(place / 11) * 44 + 26
      context.fillStyle = "#6b607855"
      context.fillText("★", x, y)
      context.fillStyle = "#fff9"
      context.fillText("★", x + 1, y + 1.5)
    }
    context.globalCompositeOperation = "destination-out"
    context.lineCap = "round"
    context.lineWidth = brushWidth
  }
  new ResizeObserver(cover).observe(canvas)

  return {
    element,
    start: () => classList.add("turning"),
    reveal: (prize, ask) =>
      new Promise((resolve) => {
        classList.replace("turning", "ready")
        title.textContent = prize === undefined ? "★" : titleOf(prize, page)
        let rubbed = 0
        const end = () => {
          canvas.style.opacity = "0"
          if (classList.contains("ready")) setTimeout(resolve, 700)
          classList.remove("ready")
        }
        ask(press("main", say("scratchAll"), end))
        let from: readonly [number, number] | undefined
        const rub = ({ buttons, offsetX: x, offsetY: y }: PointerEvent) => {
          // A mouse scratches while it is pressed, a finger while it is down. The card is turned a little: `offset` counts along its sides.
          if (buttons === 0) {
            from = undefined
            return
          }
          const [fromX, fromY] = from ?? [x - 1, y]
          context.beginPath()
          context.moveTo(fromX, fromY)
          context.lineTo(x, y)
          context.stroke()
          rubbed += Math.hypot(x - fromX, y - fromY) * brushWidth
          from = [x, y]
          sound.tick(1800 + Math.random() * 600)
          if (rubbed > enough * canvas.clientWidth * canvas.clientHeight) end()
        }
        canvas.onpointerdown = canvas.onpointermove = rub
      }),
    rest: () => classList.remove("turning")
  }
}
