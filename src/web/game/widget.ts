import { el, press } from "./dom.ts"
import { outside } from "./frame.ts"
import { inPage, load } from "./page.ts"
import { round } from "./round.ts"
import { style } from "./style.ts"
import { texts } from "./texts/texts.ts"

/** The service that this script came from. */
const home = new URL(import.meta.url).origin

/**
 * A game of Fairground. `game` is its slug, `lang` the wanted language, `frame` puts it into a frame of the service, `label` names it for
 * those who listen. Tells `fairground:ready`, `fairground:result` and `fairground:failure`.
 */
class FairgroundGame extends HTMLElement {
  static readonly observedAttributes = ["game", "lang", "frame", "label"]

  readonly #shadow = this.attachShadow({ mode: "open" })
  #stop: AbortController | undefined

  connectedCallback() {
    this.#shadow.adoptedStyleSheets = [style()]
    this.#renew()
  }

  disconnectedCallback() {
    this.#stop?.abort()
  }

  attributeChangedCallback() {
    // Several attributes that change together make one new start.
    if (this.#stop !== undefined && !this.#stop.signal.aborted) this.#renew()
  }

  #renew() {
    this.#stop?.abort()
    const stop = (this.#stop = new AbortController())
    queueMicrotask(() => {
      if (!stop.signal.aborted) void this.#open(stop.signal)
    })
  }

  async #open(gone: AbortSignal): Promise<void> {
    const slug = this.getAttribute("game") ?? ""
    const label = this.getAttribute("label") ?? slug
    const language =
      this.closest('[lang]:not([lang=""])')?.getAttribute("lang") || document.documentElement.lang || navigator.language
    const tell = (type: string, detail: Readonly<Record<string, unknown>>) =>
      this.dispatchEvent(new CustomEvent(`fairground:${type}`, { bubbles: true, composed: true, detail }))
    if (this.hasAttribute("frame")) {
      const address = new URL(`/play/${encodeURIComponent(slug)}?lang=${encodeURIComponent(language)}`, home)
      this.#shadow.replaceChildren(outside(address, slug, label, gone, tell))
      return
    }
    const renew = () => this.#renew()
    let page: Awaited<ReturnType<typeof load>> = "broken"
    try {
      const found = inPage(slug)
      if (!found) this.#state("loading", label)
      page = found ?? (await load(home, slug, language))
      if (gone.aborted) return
      if (typeof page === "object") {
        return round(page, { host: this, shadow: this.#shadow, home, tellPage: tell, renew, gone })
      }
    } catch (error) {
      // Settings that are none, or no browser for them: the visitor gets a sentence, and the developer the cause.
      reportError(error)
      page = "broken"
    }
    const say = texts(language, null)
    if (page === "offline") addEventListener("online", renew, { once: true, signal: gone })
    this.#state(
      "notice",
      label,
      el("p", { class: "title", role: "alert" }, say(page === "offline" ? "offline" : "broken")),
      page !== "broken" && press("main", say("again"), renew)
    )
    tell("failure", { game: slug, reason: page })
  }

  /** The card without a game. */
  #state(phase: string, label: string, ...panel: ReadonlyArray<Node | false>) {
    const card = el(
      "section",
      { class: "card", part: "card", "aria-label": label, "aria-busy": phase === "loading" },
      el("div", { class: "stage" }),
      el("div", { class: "panel" }, ...panel)
    )
    this.#shadow.replaceChildren(el("div", { class: "root", "data-phase": phase }, card))
  }
}

if (!customElements.get("fairground-game")) customElements.define("fairground-game", FairgroundGame)
