import { html } from "../../platform/pages/Markup.ts"
import type { Offered } from "./SignInPages.ts"
import { buttonForm, field, form, note, title, username, type View } from "./Shell.ts"
import type { Words } from "./Words.ts"

interface Failed {
  readonly problem?: string | undefined
  readonly status?: number | undefined
  /** What the problem is with, where it is with something that was typed. */
  readonly wrong?: "email" | "name" | "password" | undefined
}

const newPassword = (words: Words, isWrong: boolean) =>
  field({
    name: "password",
    label: words.newPassword,
    type: "password",
    autocomplete: "new-password",
    hint: words.passwordHint,
    isWrong,
    hasFocus: isWrong
  })

/** The first owner. */
export const setupPage = (
  words: Words,
  path: string,
  { email = "", name = "", problem, status, wrong }: Failed & { readonly email?: string; readonly name?: string } = {}
): Omit<View, "language"> => ({
  title: words.setup,
  path,
  status: status ?? 200,
  body: html`${title(words.setup, words.setupLead)}${note(problem)}
    <div class="card">
      ${form(
        path,
        html`${field({
            name: "email",
            label: words.email,
            type: "email",
            autocomplete: "username",
            value: email,
            isWrong: wrong === "email",
            hasFocus: wrong === undefined || wrong === "email"
          })}${field({
            name: "name",
            label: words.name,
            autocomplete: "name",
            hint: words.nameHint,
            value: name,
            isWrong: wrong === "name",
            hasFocus: wrong === "name",
            maxLength: 200
          })}${newPassword(words, wrong === "password")}
          <p class="row"><button type="submit" class="main full">${words.create}</button></p>`
      )}
    </div>`
})

/** An invitation. */
export const joinPage = (
  words: Words,
  path: string,
  invitation: { readonly email: string; readonly role: string },
  connections: ReadonlyArray<Offered>,
  { name = "", problem, status, wrong }: Failed & { readonly name?: string } = {}
): Omit<View, "language"> => ({
  title: words.join,
  path,
  status: status ?? 200,
  body: html`${title(words.join, words.joinLead(invitation.email, words.roles[invitation.role] ?? invitation.role))}${note(problem)}
    <div class="card">
      ${form(
        path,
        html`${username(invitation.email)}${field({
            name: "name",
            label: words.name,
            autocomplete: "name",
            hint: words.nameHint,
            value: name,
            isWrong: wrong === "name",
            hasFocus: wrong !== "password",
            maxLength: 200
          })}${newPassword(words, wrong === "password")}
          <p class="row"><button type="submit" class="main full">${words.join}</button></p>`
      )}${
        connections.length === 0
          ? undefined
          : html`<p class="or">${words.or}</p>
              <div class="stack">
                ${connections.map((connection) =>
                  buttonForm(`${path}/sso/${connection.name}`, words.joinWith(connection.title), { style: "full" })
                )}
              </div>`
      }
    </div>`
})

/** A link for a new password. */
export const resetPage = (
  words: Words,
  path: string,
  { problem, status, wrong }: Failed = {}
): Omit<View, "language"> => ({
  title: words.resetTitle,
  path,
  status: status ?? 200,
  body: html`${title(words.resetTitle, words.resetLead)}${note(problem)}
    <div class="card">
      ${form(
        path,
        html`${newPassword(words, wrong === "password")}
          <p class="row"><button type="submit" class="main full">${words.save}</button></p>`
      )}
    </div>`
})

/** A link that proves a new address. */
export const emailPage = (words: Words, path: string): Omit<View, "language"> => ({
  title: words.emailConfirm,
  path,
  body: html`${title(words.emailConfirm, words.emailConfirmLead)}
    <div class="card">${buttonForm(path, words.emailConfirm, { style: "main" })}</div>`
})

/** A form with an address, to which a link is sent. */
export const askPage = (
  words: Words,
  options: Failed & {
    readonly path: "/forgot" | "/register"
    readonly heading: string
    readonly lead: string
    readonly email?: string
  }
): Omit<View, "language"> => ({
  title: options.heading,
  path: options.path,
  status: options.status ?? 200,
  body: html`${title(options.heading, options.lead)}${note(options.problem)}
    <div class="card">
      ${form(
        options.path,
        html`${field({
            name: "email",
            label: words.email,
            type: "email",
            autocomplete: "username",
            value: options.email ?? "",
            hasFocus: true,
            isWrong: options.wrong === "email"
          })}
          <p class="row"><button type="submit" class="main full">${words.sendLink}</button></p>`
      )}
    </div>
    <p class="links"><a href="/sign-in">${words.signIn}</a></p>`
})
