import { Effect } from "effect"
import { HttpRouter } from "effect/http"
import { problemResponse } from "../platform/edge/ProblemResponse.ts"
import { page } from "../platform/pages/Html.ts"
import * as Page from "../platform/pages/Page.ts"
import type { Language } from "./Letter.ts"
import { html, type Html } from "../platform/pages/Markup.ts"
import { Outbox } from "./Outbox.ts"
import * as Unsubscribing from "./Unsubscribing.ts"

/** The one path of unsubscribe links, in mails and in their `List-Unsubscribe`. */
export const path = "/u/:token"

interface Words {
  readonly title: string
  readonly lead: string
}

const asking: Record<Language, Words & { readonly button: string }> = {
  en: {
    title: "Unsubscribe",
    lead: "You will get no more mails like the one that brought you here. Those that you ask for still come, such as a link for a new password.",
    button: "Unsubscribe"
  },
  ru: {
    title: "Отписаться",
    lead: "Писем вроде того, что привело вас сюда, больше не будет. Те, о которых вы просите сами, приходят по-прежнему: например, ссылка для нового пароля.",
    button: "Отписаться"
  }
}

const done: Record<Language, Words> = {
  en: { title: "You are unsubscribed", lead: "You will get no more such mails." },
  ru: { title: "Вы отписались", lead: "Таких писем больше не будет." }
}

const shown = (language: Language, { lead, title }: Words, more?: Html) =>
  page({
    title,
    description: lead,
    language,
    body: html`<h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${more}`
  })

/** A form without an action sends to the page's own address, with the token in it. */
const askingPage = (language: Language) =>
  shown(
    language,
    asking[language],
    html` <form method="post">
      <p><button name="List-Unsubscribe" value="One-Click">${asking[language].button}</button></p>
    </form>`
  )

const unknownPage = page({
  title: "This link does not work",
  description: "The link is incomplete, or its time is over.",
  body: html`<h1>This link does not work</h1>
    <p class="lead">It is incomplete, or its time is over. Open it from the mail again.</p>
    <p class="lead" lang="ru">Ссылка не работает: она неполная, или её время вышло. Откройте её из письма ещё раз.</p>`
})

/**
 * `GET` shows a button and changes nothing, because programs that check mails open links. `POST` unsubscribes, from the button or
 * from the mail program itself (RFC 8058). Whoever has the link may: mail programs send neither cookies nor an origin.
 */
export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const outbox = yield* Outbox
    const { readerOf } = yield* Unsubscribing.make
    const reader = Effect.flatMap(HttpRouter.params, ({ token = "" }) => readerOf(token))
    const unknown = Page.made(unknownPage, 404)

    yield* router.add(
      "GET",
      path,
      Effect.map(reader, (reader) => (reader === undefined ? unknown : Page.made(askingPage(reader.language))))
    )
    yield* router.add(
      "POST",
      path,
      Effect.gen(function* () {
        const known = yield* reader
        if (known === undefined) return unknown
        yield* outbox.unsubscribe(known)
        return Page.made(shown(known.language, done[known.language]))
      }).pipe(Effect.catchTag("DatabaseUnavailable", () => Effect.succeed(problemResponse("database-unavailable"))))
    )
  })
)
