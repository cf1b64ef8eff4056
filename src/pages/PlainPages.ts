import { HttpServerResponse } from "effect/http"
import { html, type Html } from "../platform/pages/Markup.ts"
import type { PlayReceipt } from "../plays/Play.ts"
import type { Prize } from "./PagePart.ts"
import { headersOf, plainPath, type Setting, whole, wordsOf } from "./PlayPage.ts"
import type { PublicPage } from "./PublicPage.ts"

/** The pages of a game for browsers without JavaScript. Each is made for its request, and no cache keeps it. */

/** One page of a game, in one language. */
export interface View {
  readonly facts: PublicPage
  readonly setting: Setting
  /** The token of a preview link, which the form takes along. */
  readonly preview?: string | undefined
}

const shown = ({ facts, setting }: View, title: string, body: Html, status = 200) => {
  const { logo } = facts.theme
  const text = whole(
    facts,
    `${title} · ${facts.title}`,
    html`<main>
      <div class="card">${logo === null ? undefined : html`<img class="logo" src="${logo}" alt="" />`}${body}</div>
    </main>`
  )
  return HttpServerResponse.text(text, {
    status,
    contentType: "text/html; charset=utf-8",
    headers: { ...headersOf(facts, setting), "cache-control": "no-store" }
  })
}

/** What somebody has typed, and what was wrong with it. */
export interface Filled {
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly agrees?: boolean | undefined
  readonly problem?: { readonly text: string; readonly field?: "email" | "name" | "consent" | undefined } | undefined
  readonly status?: number | undefined
}

/** The form. `key`: what makes a play that is sent twice one play. */
export const formPage = (
  view: View,
  key: string,
  { agrees = false, email = "", name = "", problem, status }: Filled = {}
) => {
  const { facts, preview } = view
  const say = wordsOf(facts)
  const heading = facts.texts.heading || say("heading")
  const at = (field: string, hint?: string) => {
    const told = problem?.field === field ? "problem" : hint
    return html`${told === undefined ? undefined : html` aria-describedby="${told}"`}${
      problem?.field === field ? html` aria-invalid="true" autofocus` : undefined
    }`
  }
  return shown(
    view,
    heading,
    html`<h1>${heading}</h1>
      <p>${facts.texts.lead || say("lead")}</p>
      ${problem === undefined ? undefined : html`<p class="note" id="problem" role="alert">${problem.text}</p>`}
      <form method="post" action="${plainPath(facts, preview)}">
        <input type="hidden" name="key" value="${key}" />
        <label for="email">${say("email")}</label>
        <input
          id="email"
          name="email"
          type="email"
          dir="ltr"
          autocomplete="email"
          required
          maxlength="254"
          value="${email}"
          ${at("email", "email-hint")}
        />
        <p class="hint" id="email-hint">${say("emailHint")}</p>
        ${
          facts.name === "none"
            ? undefined
            : html`<label for="name">${say("name")}</label>
                <input
                  id="name"
                  name="name"
                  type="text"
                  autocomplete="name"
                  maxlength="200"
                  value="${name}"
                  ${facts.name === "required" ? html` required` : undefined}${at("name")}
                />`
        }${
          facts.consent === null
            ? undefined
            : html`<label class="box"
                ><input
                  type="checkbox"
                  name="consent"
                  value="${facts.consent.version}"
                  ${
                    agrees ? html` checked` : undefined
                  }${facts.consent.required ? html` required` : undefined}${at("consent")}
                /><span>${facts.consent.text}</span></label
              >`
        }
        <button type="submit">${facts.texts.button || say("play")}</button>
      </form>`,
    status
  )
}

/** As the widget thanks. */
const thanksOf = (
  { texts: { thanks } }: PublicPage,
  say: ReturnType<typeof wordsOf>,
  { contact, playedBefore, plays }: PlayReceipt
): string => {
  if (playedBefore) {
    return thanks.nth.replaceAll("{n}", String(plays)) || thanks.returning || say("nthThanks", { n: plays })
  }
  return contact === "existed" ? thanks.returning || say("returningThanks") : thanks.new || say("newThanks")
}

/** What has come of a play. */
export const resultPage = (view: View, receipt: PlayReceipt & { readonly prize?: typeof Prize.Type }) => {
  const { facts } = view
  const say = wordsOf(facts)
  const { prize } = receipt
  const thanks = html`<p>${thanksOf(facts, say, receipt)}</p>`
  if (prize === undefined) {
    const heading = facts.texts.heading || say("heading")
    return shown(
      view,
      heading,
      html`<h1>${heading}</h1>
        ${thanks}`
    )
  }
  const heading = prize.isWin ? say("wonTitle") : say("lostTitle")
  const own = prize.isWin ? facts.texts.won : facts.texts.lost
  // The play's title is in the language of its consent: it may have given none.
  const title = facts.segments.find(({ id }) => id === prize.segment)?.title ?? prize.title
  return shown(
    view,
    heading,
    html`<h1>${heading}</h1>
      <p class="prize">${title}</p>
      ${own === "" ? undefined : html`<p>${own}</p>`}${thanks}`
  )
}

/** A page that says one thing. */
export const messagePage = (view: View, heading: string, text: string | undefined, status: number) =>
  shown(
    view,
    heading,
    html`<h1>${heading}</h1>
      ${text === undefined ? undefined : html`<p>${text}</p>`}`,
    status
  )
