import { confetti } from "./confetti.ts"
import { el, press } from "./dom.ts"
import { inside } from "./frame.ts"
import { catchGame } from "./mechanics/catch.ts"
import { memory } from "./mechanics/memory.ts"
import { quiz } from "./mechanics/quiz.ts"
import { scratch } from "./mechanics/scratch.ts"
import { wheel } from "./mechanics/wheel.ts"
import { type Attempt, browser, keeper, newKey, send } from "./send.ts"
import { sound } from "./sound.ts"
import { closed, ending, entry, type Entry, fields, invitation, type Shown, spent } from "./states.ts"
import { texts } from "./texts/texts.ts"
import { dress } from "./theme.ts"
import type { Mechanic, MechanicName, Page, Play, Problem, Stage } from "./shapes.ts"

const makers: Readonly<Record<MechanicName, (stage: Stage) => Mechanic>> = {
  wheel,
  scratch,
  quiz,
  memory,
  catch: catchGame
}

/** After this long without an answer the player is told that the play is kept. In milliseconds. */
const longWait = 5000
/** The longest pause that a timer of the browser knows. */
const longestTimer = 2 ** 31 - 1

/** What a round stands in. */
export interface Surround {
  /** The element, and its shadow root. */
  readonly host: HTMLElement
  readonly shadow: ShadowRoot
  /** Of the service: where plays go. */
  readonly home: string
  readonly tellPage: (type: string, detail: Readonly<Record<string, unknown>>) => void
  /** Begins anew. */
  readonly renew: () => void
  /** The element was taken away, or shows another game. */
  readonly gone: AbortSignal
}

/** Shows a game and leads through a play of it: from the invitation over form, sending and mechanic to how it ended. */
export const round = (page: Page, { gone, home, host, renew, shadow, tellPage }: Surround): void => {
  const { slug } = page
  const say = texts(page.language, page.words)
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  const sounds = sound()
  const kept = keeper(slug, browser)
  const path = `${home}/api/v1/games/${encodeURIComponent(slug)}/`

  const stage = el("div", { class: "stage" })
  const panel = el("div", { class: "panel" })
  const quiet = el("p", { class: "quiet", role: "status" })
  const status = el("p", { class: "status", role: "status" })
  const air = el("div", { class: "air" })
  const noise = press("sound", "♫", () => {
    noise.ariaPressed = String(sounds.toggle())
  })
  noise.ariaPressed = "false"
  noise.ariaLabel = say("sound")
  const root = el(
    "div",
    { class: "root", lang: page.language, dir: page.direction },
    el(
      "section",
      { class: "card", part: "card", "aria-label": host.getAttribute("label") ?? page.title },
      noise,
      stage,
      panel,
      quiet,
      air
    )
  )
  shadow.replaceChildren(root)
  const tell = (text: string) => {
    quiet.textContent = text
  }
  const world: Stage = { page, say, sound: sounds, calm, tell, colours: dress(host, root, page.theme) }

  const framed = inside(host, slug, gone)
  /** To the page, with all; to a page around a frame, without what is the player's alone. */
  const report = (type: "ready" | "result" | "failure", detail: Readonly<Record<string, unknown>>, more?: object) => {
    tellPage(type, { game: slug, ...detail, ...more })
    framed?.({ type, detail: { game: slug, ...detail } })
  }
  /** Counts how far a visit came. It must never disturb: whatever becomes of it is not looked at. */
  const count = (step: "view" | "start" | "consent") => {
    if (page.state === "draft") return
    const { origin } = new URL((framed && document.referrer) || location.href)
    fetch(`${path}views`, {
      method: "POST",
      mode: "no-cors",
      credentials: "omit",
      keepalive: true,
      body: JSON.stringify({ step, origin })
    }).catch(() => undefined)
  }

  // One heading of the first level a page: on the game's own page it is this one. What stands in the element itself is seen only until
  // the game is there.
  const level = document.querySelector("h1:not(fairground-game *)") ? "h2" : "h1"
  /** Puts a picture of the theme before the rest. It may be a path of the service, and the page around is another's. */
  const picture = (where: HTMLElement, which: "logo" | "picture") => {
    const at = page.theme[which]
    if (at) where.prepend(el("img", { class: which, src: new URL(at, home).href, alt: "" }))
  }
  const display = (phase: string, { nodes = [], prize, title }: Shown, isEvent = true) => {
    root.dataset["phase"] = phase
    status.textContent = ""
    const heading = el(level, { class: "title", tabindex: -1 }, title, prize && " ", prize && el("b", {}, prize))
    panel.classList.toggle("in", isEvent)
    panel.replaceChildren(heading, ...nodes, status)
    picture(panel, "logo")
    if (isEvent) heading.focus()
  }

  const pause = Date.parse(page.opensAt ?? "") - Date.now()
  if (page.state === "closed" || (page.state === "scheduled" && pause > 0)) {
    display("notice", closed(page, world), false)
    report("failure", { reason: page.state })
    // What was loaded before the game opened says all that is needed afterwards: nobody asks the service in that very moment.
    if (pause > 0) setTimeout(() => gone.aborted || renew(), Math.min(longestTimer, pause))
    return
  }

  const mechanic = makers[page.mechanic](world)
  const chance = "start" in mechanic ? mechanic : undefined
  stage.append(mechanic.element)
  picture(stage, "picture")
  const button = page.texts.button || say("play")
  let score: number | undefined
  let form: Entry | undefined

  const finish = async (play: Play) => {
    await chance?.reveal(play.prize, (all) => display("revealing", { title: say("prize"), nodes: [all] }))
    if (gone.aborted) return
    display("ended", ending(play, score, world))
    const { playedBefore, plays, prize } = play
    if (prize?.isWin !== false) {
      sounds.win()
      if (!calm) confetti(air, world.colours.parts)
    }
    report("result", { plays, playedBefore, ...(prize && { isWin: prize.isWin }) }, play)
  }

  const refuse = (problem: Problem, code: number) => {
    chance?.rest()
    const reason = problem.type?.split("/").pop() ?? String(code)
    report("failure", { reason }, problem)
    if (reason === "play-limit-reached") return display("spent", spent(problem, world))
    if (reason === "game-not-open") return display("notice", closed(problem, world))
    if (code === 404) return display("notice", { title: say("broken") })
    ask()
    const field = fields.find((each) => problem.errors?.[0]?.path.includes(each))
    if (field) form?.fault(field)
    else status.textContent = say("failed")
  }

  const submit = async (attempt: Attempt): Promise<void> => {
    kept.keep(attempt)
    root.dataset["phase"] = "turning"
    form?.busy(true)
    stage.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" })
    chance?.start()
    const slow = setTimeout(() => {
      status.textContent = say("slow")
    }, longWait)
    const outcome = await send(`${path}plays`, attempt, ({ seconds, why }) => {
      status.textContent = say(why === "failed" ? "slow" : why, { n: seconds })
    })
    clearTimeout(slow)
    if (outcome.kind !== "unanswered") kept.forget()
    // An element that is gone, or has a new game, keeps what was not answered for its next time.
    if (gone.aborted) return
    if (outcome.kind === "answered") return finish(outcome.play)
    if (outcome.kind === "refused") return refuse(outcome.problem, outcome.status)
    chance?.rest()
    const { seconds, why } = outcome.waiting
    const again = press("main", say("again"), () => {
      ask()
      void submit(attempt)
    })
    display("unanswered", { title: say(why, { n: seconds }), nodes: [again] })
    report("failure", { reason: why })
  }

  /** Shows the form; with a score, after a game of skill. */
  const ask = () => {
    form ??= entry(world, score === undefined ? button : say("next"), (body) => {
      if (chance) count("start")
      if ("consent" in body) count("consent")
      void submit({ key: newKey(), body: JSON.stringify({ ...body, score }) })
    })
    form.busy(false)
    if (score === undefined) display("ready", invitation(world, form.element), false)
    else display("ready", { title: say("score", { n: score }), nodes: [form.element] })
  }

  const left = kept.kept()
  if (left) score = (JSON.parse(left.body) as { readonly score?: number }).score
  if (left || "start" in mechanic) ask()
  else {
    const begin = press("main", button, () => {
      count("start")
      // The heading stays for those who listen.
      begin.remove()
      root.dataset["phase"] = "playing"
      void mechanic.play().then((reached) => {
        score = reached
        if (!gone.aborted) ask()
      })
    })
    display("invited", invitation(world, begin), false)
  }
  report("ready", { mechanic: page.mechanic }, page)
  count("view")
  // A reload in the middle of a play: the same key asks for the same answer.
  if (left) void submit(left)
}
