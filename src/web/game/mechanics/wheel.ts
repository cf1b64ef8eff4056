import { inkOn, resolve } from "../colours.ts"
import { brush, el, svg } from "../dom.ts"
import type { Chance, Stage } from "../shapes.ts"

/** Degrees a second at which the wheel turns until the answer is there. */
const speed = 540
/** An ease-out cubic: it begins at three times its mean speed. */
const easeOut = "cubic-bezier(.3333,1,.6667,1)"

/**
 * How far and how long the wheel turns on from an angle until the middle of a slice, or up to 30 % of a slice beside it, is at the top.
 * An ease-out cubic starts at three times way ÷ time: with this time it takes over at the very speed of the turning.
 */
export const landing = (from: number, place: number, step: number, random: number) => {
  const to = (random - 0.5) * 0.6 * step - place * step
  const way = 1080 + ((((to - from) % 360) + 360) % 360)
  return { way, duration: (3 * way * 1000) / speed }
}

/** The slice at the top when the wheel has this angle. */
export const sliceAt = (angle: number, count: number): number =>
  ((Math.round((-angle * count) / 360) % count) + count) % count

/** The words in so many lines of about the same length: each word stands in the line where its middle falls. */
export const wrap = (text: string, lines: number): ReadonlyArray<string> => {
  const result: Array<string> = []
  let at = 0
  for (const word of text.split(" ")) {
    const line = Math.floor(((at + word.length / 2) / text.length) * lines)
    result[line] = result[line] ? `${result[line]} ${word}` : word
    at += word.length + 1
  }
  return result.filter(Boolean)
}

const polar = (degrees: number, radius: number): string => {
  const angle = ((degrees - 90) * Math.PI) / 180
  return `${Math.cos(angle) * radius} ${Math.sin(angle) * radius}`
}

/** Where words stand, between hub and rim, in units of the drawing, whose wheel has a radius of 100. */
const inner = 25
const outer = 78

const layer = (part: string, viewBox: string, ...children: ReadonlyArray<Node>): SVGElement =>
  svg("svg", { class: part, viewBox }, ...children)

const circle = (r: number, more: Readonly<Record<string, string | number>>): SVGElement =>
  svg("circle", { r, fill: "none", ...more })

/** Lights or pins on a ring: a dashed line whose dashes have no length, only round ends. */
const dots = (r: number, count: number, width: number, more: Readonly<Record<string, string | number>>): SVGElement =>
  circle(r, { "stroke-width": width, "stroke-linecap": "round", pathLength: count, "stroke-dasharray": "0 1", ...more })

export const wheel = ({ calm, colours, page, sound }: Stage): Chance => {
  const { accent, gold, parts } = colours
  const given = page.segments.length > 0 ? page.segments : [{ id: "", title: "★" }]
  // A wheel of fewer than four slices looks like a plate: they come round again.
  const slices = given.length < 4 ? [...given, ...given, ...given] : given
  const count = slices.length
  const step = 360 / count
  const disc = layer("disc", "-100 -100 200 200", circle(92, { fill: "#fff" }))
  const context = brush(el("canvas"))

  /** Writes a title along the middle of a slice, in as many lines as make it largest. */
  const write = (text: SVGElement, title: string) => {
    let best = 0
    for (let lines = 1; lines < 4; lines++) {
      const wrapped = wrap(title, lines)
      context.font = `700 10px ${getComputedStyle(text).fontFamily}`
      const longest = Math.max(...wrapped.map((line) => context.measureText(line).width)) / 10
      // The inner end of the words is where a slice is narrowest: what counts is the chord a third of the way out.
      const size = Math.min(10, (outer - inner) / longest, (80 * Math.sin(Math.PI / count)) / wrapped.length)
      if (size < best + 0.3) continue
      best = size
      text.setAttribute("font-size", String(size))
      text.replaceChildren(
        ...wrapped.map((line, place) =>
          svg("tspan", { x: outer, y: (place - (wrapped.length - 1) / 2) * size * 1.12 }, line)
        )
      )
    }
  }

  const labels = slices.map(({ colour }, place) => {
    // The last slice stands beside the first.
    const fill = colour ?? parts[place === count - 1 && place % 6 === 0 ? 2 : place % 6] ?? accent
    const text = svg("text", { transform: `rotate(${place * step - 90})`, fill: inkOn(resolve(fill, [0, 0, 0])) })
    const path = `M0 0L${polar((place - 0.5) * step, 92)}A92 92 0 0 1 ${polar((place + 0.5) * step, 92)}z`
    disc.append(
      svg("g", { class: "slice" }, svg("path", { d: path, fill, stroke: "#fff", "stroke-opacity": 0.5 }), text)
    )
    return text
  })
  disc.append(dots(88, count, 4, { stroke: "#fff", transform: `rotate(${step / 2 - 90})` }))

  const rim = layer(
    "rim",
    "-100 -100 200 200",
    svg(
      "linearGradient",
      { id: "gloss", x2: 0.4, y2: 1 },
      svg("stop", { "stop-color": "#fff", "stop-opacity": 0.45 }),
      svg("stop", { offset: 0.5, "stop-color": "#fff", "stop-opacity": 0 }),
      svg("stop", { offset: 1, "stop-opacity": 0.5 })
    ),
    circle(90, { fill: "url(#gloss)", opacity: 0.5 }),
    ...[accent, "url(#gloss)"].map((stroke) => circle(94.5, { stroke, "stroke-width": 11 })),
    circle(89, { stroke: "#fff", "stroke-opacity": 0.7 }),
    ...[0, 15].map((turn) => dots(94.5, 12, 4.5, { class: "bulb", transform: `rotate(${turn - 82.5})` })),
    circle(18.5, { fill: "#fff" }),
    ...[accent, "url(#gloss)"].map((fill) => circle(16, { fill })),
    svg("path", { fill: gold, d: "M0-11 2.9-4 10.5-3.4 4.7 1.5 6.5 9 0 5-6.5 9-4.7 1.5-10.5-3.4-2.9-4z" })
  )
  const pin = layer(
    "pin",
    "0 0 22 32",
    svg("path", { d: "M11 32C6 22 1 17 1 11a10 10 0 0 1 20 0c0 6-5 11-10 21z", fill: "#fff" }),
    circle(4.6, { cx: 11, cy: 11, fill: accent })
  )
  const element = el("div", { class: "wheel", "aria-hidden": true }, disc, rim, pin)
  // Once it stands in the page, and again when the fonts are there, which differ from machine to machine.
  const refit = () => labels.forEach((text, place) => write(text, slices[place]?.title ?? ""))
  queueMicrotask(refit)
  void document.fonts.ready.then(refit)

  const angle = (): number => Number.parseFloat(getComputedStyle(disc).rotate) || 0
  /** Puts an end to all that moves, and stays where it is. */
  const hold = (at: number) => {
    disc.style.rotate = `${at}deg`
    for (const animation of disc.getAnimations()) animation.cancel()
  }

  let passed = 0
  const watch = () => {
    if (!element.classList.contains("turning")) return
    const pins = Math.floor(angle() / step + 0.5)
    if (pins !== passed) {
      passed = pins
      pin.animate([{}, { rotate: "-16deg", offset: 0.3 }, {}], 150)
      sound.tick()
    }
    requestAnimationFrame(watch)
  }
  /** Turns from an angle over a way, and says when that is over. */
  const turn = (from: number, way: number, duration: number, easing: string, iterations = 1): Promise<unknown> =>
    disc.animate([{ rotate: `${from}deg` }, { rotate: `${from + way}deg` }], {
      duration,
      easing,
      iterations,
      fill: "forwards"
    }).finished
  let speedUp: Promise<unknown> | undefined

  return {
    element,
    start: () => {
      element.classList.remove("lit")
      element.classList.add("turning")
      if (calm) return
      const from = angle()
      hold(from)
      // From rest to full speed within half a second: a parabola over half of the way that full speed would take.
      speedUp = turn(from, speed / 4, 500, "cubic-bezier(.3333,0,.6667,.3333)").then(
        () => {
          hold(from + speed / 4)
          void turn(from + speed / 4, 360, 360_000 / speed, "linear", Infinity)
          // Rejected where the play failed meanwhile: `rest` has seen to it.
        },
        () => undefined
      )
      watch()
    },
    reveal: async (prize) => {
      // The segments may have been edited while the page was open: then any slice will do, and says what was won.
      const known = slices.flatMap(({ id }, place) => (id === prize?.segment ? [place] : []))
      const place =
        (known.length > 0 ? known : [...slices.keys()])[Math.floor(Math.random() * (known.length || count))] ?? 0
      let to = -place * step
      if (!calm) {
        await speedUp
        const from = angle()
        const { duration, way } = landing(from, place, step, Math.random())
        await turn(from, way, duration, easeOut)
        to = (from + way) % 360
      }
      hold(to)
      element.classList.remove("turning")
      const label = labels[place]
      if (prize === undefined || label === undefined) return
      if (known.length === 0) write(label, prize.title)
      element.classList.add("lit")
      label.parentElement?.classList.add("hit")
    },
    rest: () => {
      element.classList.remove("turning")
      const from = angle()
      hold(from)
      if (!calm) void turn(from, speed / 3, 1000, easeOut)
    }
  }
}
