import { el, press } from "./dom.ts"
import { moment } from "./texts/texts.ts"
import type { Page, Play, Prize, Problem, Say, Stage } from "./shapes.ts"

/** What a state shows beside the game. */
export interface Shown {
  readonly title: string
  readonly prize?: string
  readonly nodes?: ReadonlyArray<Node>
}

/** The fields that may be at fault, with the words for it. */
const words = { email: "badEmail", name: "needName", consent: "needConsent" } as const
export type Field = keyof typeof words
export const fields = Object.keys(words) as ReadonlyArray<Field>

export interface Entry {
  readonly element: HTMLFormElement
  /** Shows what is wrong with a field, and leads there. */
  readonly fault: (field: Field) => unknown
  /** While a play is under way the form stays, and takes nothing. */
  readonly busy: (isBusy: boolean) => void
}

/** The brand's text, with the addresses in it as links: consent refers to a policy. */
const linked = (text: string): ReadonlyArray<Node | string> =>
  text
    .split(/(https:\/\/\S*[\w/])/)
    .map((part, place) => (place % 2 === 1 ? el("a", { href: part, target: "_blank", rel: "noopener" }, part) : part))

/** The form: address, name and consent as the game asks for them. `onSubmit` gets the body of a play. */
export const entry = (
  { page, say }: Pick<Stage, "page" | "say">,
  button: string,
  onSubmit: (body: Readonly<Record<string, unknown>>) => void
): Entry => {
  const { consent } = page
  const submit = el("button", { class: "main" }, button)
  const element = el("form", { novalidate: true })
  const inputs: Partial<Record<Field, HTMLInputElement>> = {}
  let isBusy = false
  /** A field whose value must look like the pattern, if it is required or not empty. */
  const add = (id: Field, required: boolean, label: HTMLElement, more: Readonly<Record<string, string | number>>) => {
    const input = (inputs[id] = el("input", {
      id,
      required,
      "aria-describedby": `${id}-error`,
      ...more
    }))
    const error = el("p", { class: "error", id: `${id}-error`, role: "alert" })
    label.setAttribute("for", id)
    element.append(el("div", { class: "field" }, label, input, error))
    input.oninput = () => {
      error.textContent = ""
      input.ariaInvalid = null
    }
    input.oninvalid = () => {
      error.textContent = say(words[id])
      input.ariaInvalid = "true"
      input.focus()
    }
    return input
  }
  const labelled = (key: string) => el("label", { class: "label" }, say(key))
  // Not of the type `email`: that refuses letters beyond ASCII before the `@`, which the server takes. It has the last word.
  add("email", true, labelled("email"), {
    autocomplete: "email",
    inputmode: "email",
    dir: "ltr",
    maxlength: 254,
    pattern: String.raw`\s*[^\s@]+@\S+\.\S\S+`
  }).after(el("p", { class: "hint" }, say("emailHint")))
  if (page.name !== "none") {
    add("name", page.name === "required", labelled("name"), {
      autocomplete: "name",
      maxlength: 200,
      pattern: String.raw`.*\S.*`
    })
  }
  if (consent) {
    const label = el("label", { class: "consent" }, el("span", {}, ...linked(consent.text)))
    label.prepend(add("consent", consent.required, label, { type: "checkbox" }))
  }
  element.append(submit)
  element.onsubmit = (submitted) => {
    submitted.preventDefault()
    // Backwards: the focus ends at the first that is at fault.
    const faults = fields.toReversed().filter((id) => inputs[id]?.checkValidity() === false)
    if (isBusy || faults.length > 0) return
    const name = inputs.name?.value.trim()
    onSubmit({
      email: inputs.email?.value.trim(),
      ...(name && { name }),
      ...(inputs.consent?.checked && { consent: { textVersion: consent?.version, language: page.language } })
    })
  }
  return {
    element,
    fault: (id) => inputs[id]?.dispatchEvent(new Event("invalid")),
    busy: (busy) => {
      isBusy = busy
      submit.textContent = busy ? say("turning") : button
      submit.ariaDisabled = String(busy)
    }
  }
}

/** The thanks by who came: again in this game, known to the brand, or new. */
export const thanksOf = (play: Play, page: Page, say: Say): string => {
  const own = page.texts.thanks
  if (play.playedBefore) {
    return own.nth.replaceAll("{n}", String(play.plays)) || own.returning || say("nthThanks", { n: play.plays })
  }
  return play.contact === "existed" ? own.returning || say("returningThanks") : own.new || say("newThanks")
}

/** A code to take along. */
const ticket = (code: string, say: Say): ReadonlyArray<Node> => {
  const shown = el("output", { class: "code", dir: "ltr", "aria-labelledby": "code" }, code)
  const copy = press("", say("copy"), () => {
    // Refused in frames without permission, and missing without TLS: then the code is selected, ready to be copied by hand.
    const select = () => getSelection()?.selectAllChildren(shown)
    const copied = () => {
      copy.textContent = say("copied")
    }
    if (!(navigator.clipboard as Clipboard | undefined)?.writeText(code).then(copied, select)) select()
  })
  copy.ariaLive = "polite"
  return [el("p", { class: "label", id: "code" }, say("code")), el("div", { class: "row" }, shown, copy)]
}

/** What was won, in the language of the page: only a prize of its own right has a title besides that of its segment. */
export const titleOf = (prize: Prize, { segments }: Page): string =>
  (prize.id === undefined ? segments.find(({ id }) => id === prize.segment)?.title : undefined) ?? prize.title

const lead = (text: string): Node => el("p", { class: "lead" }, text)

/** How a play ended. */
export const ending = (play: Play, score: number | undefined, { page, say }: Pick<Stage, "page" | "say">): Shown => {
  const { prize } = play
  const thanks = thanksOf(play, page, say)
  const points = score === undefined ? [] : [lead(say("score", { n: score }))]
  // Nothing to win in this game: whoever came is thanked.
  if (prize === undefined) return { title: thanks, nodes: points }
  const nodes = [...points, lead(thanks)]
  return prize.isWin
    ? {
        title: page.texts.won || say("wonTitle"),
        prize: titleOf(prize, page),
        nodes: prize.code ? [...ticket(prize.code, say), ...nodes] : nodes
      }
    : { title: page.texts.lost || say("lostTitle"), nodes }
}

/** A title, and words with a moment where there is one. */
const until = (
  title: string,
  key: string,
  at: string | null | undefined,
  { page, say }: Pick<Stage, "page" | "say">
): Shown => ({
  title: say(title),
  nodes: at ? [lead(say(key, { when: moment(page.language, at) }))] : []
})

/** That the game is not open yet, or over, by the times of the page or of the answer to a play. */
export const closed = ({ opensAt }: Pick<Problem, "opensAt">, world: Pick<Stage, "page" | "say">): Shown =>
  Date.parse(opensAt ?? "") > Date.now()
    ? until("notOpen", "notOpenUntil", opensAt, world)
    : until("over", "", null, world)

/** That the player has no play left, and when there is one again. */
export const spent = ({ nextPlayAt }: Problem, world: Pick<Stage, "page" | "say">): Shown =>
  until("limit", "limitUntil", nextPlayAt, world)

/** What a game is about, with what begins it. */
export const invitation = ({ page, say }: Pick<Stage, "page" | "say">, begin: Node): Shown => ({
  title: page.texts.heading || say("heading"),
  nodes: [lead(page.texts.lead || say("lead")), begin]
})
