import { type Html, html } from "../../platform/pages/Markup.ts"
import { buttonForm, field, form, note, title, type View } from "./Shell.ts"
import type { OwnPage } from "./Routes.ts"
import { withNext } from "./Visit.ts"
import type { Words } from "./Words.ts"

const tabs = {
  profile: "/account",
  security: "/account/security",
  sessions: "/account/sessions",
  keys: "/account/keys"
} as const
type Tab = keyof typeof tabs

/** What a form has just done, or why it did not. */
export interface Said {
  readonly said?: string | undefined
  readonly problem?: string | undefined
  readonly status?: number | undefined
}

export const card = (heading: string, lead: string | undefined, body: Html): Html =>
  html`<section class="card">
    <h2>${heading}</h2>
    ${lead === undefined ? undefined : html`<p class="soft small">${lead}</p>`}${body}
  </section>`

/** One of the pages of one's own account. */
export const tabbed = (
  page: OwnPage,
  tab: Tab,
  { problem, said, status }: Said,
  body: Html,
  script?: string
): Omit<View, "language"> => {
  const { account, words } = page
  return {
    title: words.tabs[tab],
    path: tabs[tab],
    isWide: true,
    status: status ?? 200,
    ...(script === undefined ? {} : { script }),
    body: html`${title(words.account, words.accountLead(account.name, words.roles[account.role] ?? account.role))}
      <nav class="tabs" aria-label="${words.account}">
        ${(Object.keys(tabs) as ReadonlyArray<Tab>).map(
          (one) =>
            html`<a href="${tabs[one]}" ${one === tab ? html` aria-current="page"` : undefined}>${words.tabs[one]}</a>`
        )}
      </nav>
      ${page.owes && tab !== "security" ? html`<p class="note bad">${words.owesSecondFactor} <a href="/account/security">${words.tabs.security}</a></p>` : undefined}${note(
        said,
        "good"
      )}${note(problem)}${body}`
  }
}

export const choice = (
  name: string,
  label: string,
  value: string,
  options: ReadonlyArray<readonly [string, string]>,
  hint?: string
) =>
  html`<div class="field">
    <label for="${name}">${label}</label
    ><select id="${name}" name="${name}" ${hint === undefined ? undefined : html` aria-describedby="${name}-hint"`}>
      ${options.map(
        ([option, text]) =>
          html`<option value="${option}" ${option === value ? html` selected` : undefined}>${text}</option>`
      )}</select
    >${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`

export const submit = (label: string): Html =>
  html`<p class="row"><button type="submit" class="main">${label}</button></p>`

/** In place of a form that would be sent in vain, because its person must first prove who they are. What they typed would be lost. */
export const confirmFirst = (words: Words, label: string, back: string): Html =>
  html`<p class="row"><a class="button" href="${withNext("/account/confirm", back)}">${label}</a></p>
    <p class="hint">${words.sensitive}</p>`

export const profilePage = (page: OwnPage, said: Said): Omit<View, "language"> => {
  const { account, words } = page
  return tabbed(
    page,
    "profile",
    said,
    html`${card(
      words.profileTitle,
      undefined,
      form(
        "/account",
        html`<input type="hidden" name="version" value="${account.version}" />${field({
            name: "name",
            label: words.name,
            autocomplete: "name",
            value: account.name,
            maxLength: 200
          })}${choice(
            "language",
            words.language,
            account.language,
            [
              ["en", "English"],
              ["ru", "Русский"]
            ],
            words.languageHint
          )}${submit(words.save)}`
      )
    )}${card(
      words.emailTitle,
      account.email ?? undefined,
      page.isRecent
        ? form(
            "/account/email",
            html`${field({
              name: "email",
              label: words.newEmail,
              type: "email",
              autocomplete: "email",
              hint: words.emailLead
            })}${submit(words.changeEmail)}`
          )
        : confirmFirst(words, words.newEmail, "/account")
    )}`
  )
}

export interface ShownSession {
  readonly id: string
  readonly isCurrent: boolean
  readonly what: string
  readonly since: string
  readonly lastSeen: string
}

export const sessionsPage = (
  page: OwnPage,
  sessions: ReadonlyArray<ShownSession>,
  said: Said
): Omit<View, "language"> => {
  const { words } = page
  return tabbed(
    page,
    "sessions",
    said,
    card(
      words.sessionsTitle,
      words.sessionsLead,
      html`<ul class="list">
          ${sessions.map(
            ({ id, isCurrent, lastSeen, since, what }) =>
              html`<li>
                <div>
                  ${what}${isCurrent ? html` <strong>(${words.thisOne})</strong>` : undefined}<br /><span
                    class="soft small"
                    >${words.since(since)}, ${words.lastUsed(lastSeen)}</span
                  >
                </div>
                ${isCurrent ? undefined : buttonForm(`/account/sessions/${id}/end`, words.end, { style: "quiet" })}
              </li>`
          )}
        </ul>
        ${sessions.length > 1 ? html`<div class="row">${buttonForm("/account/sessions/end-others", words.endOthers)}</div>` : undefined}`
    )
  )
}

export interface ShownKey {
  readonly id: string
  readonly name: string
  readonly hint: string
  readonly scopes: ReadonlyArray<string>
  readonly lastUsed: string
  readonly ends: string | undefined
}

export const keysPage = (
  page: OwnPage,
  keys: ReadonlyArray<ShownKey>,
  scopes: ReadonlyArray<{ readonly name: string; readonly description: string }>,
  said: Said
): Omit<View, "language"> => {
  const { words } = page
  return tabbed(
    page,
    "keys",
    said,
    html`${card(
      words.keysTitle,
      words.keysLead,
      keys.length === 0
        ? html`<p class="soft small">${words.keyNone}</p>`
        : html`<ul class="list">
            ${keys.map(
              ({ ends, hint, id, lastUsed, name, scopes: own }) =>
                html`<li>
                  <div>
                    ${name} <code>…${hint}</code><br /><span class="soft small"
                      >${own.join(", ")};
                      ${words.lastUsed(lastUsed)}${
                        ends === undefined ? undefined : html`, ${words.keyEnds(ends)}`
                      }</span
                    >
                  </div>
                  ${buttonForm(`/account/keys/${id}/revoke`, words.keyRevoke, { style: "quiet" })}
                </li>`
            )}
          </ul>`
    )}${card(
      words.keyMake,
      undefined,
      !page.isRecent
        ? confirmFirst(words, words.keyMake, "/account/keys")
        : form(
            "/account/keys",
            html`${field({ name: "name", label: words.keyName, autocomplete: "off", maxLength: 200 })}${choice(
                "days",
                words.keyDays,
                "90",
                [
                  ["30", words.keyInDays(30)],
                  ["90", words.keyInDays(90)],
                  ["365", words.keyInDays(365)],
                  ["", words.keyForever]
                ]
              )}
              <fieldset>
                <legend class="label">${words.keyScopes}</legend>
                <div class="checks">
                  ${scopes.map(
                    ({ description, name }) =>
                      html`<label
                        ><input type="checkbox" name="scope" value="${name}" /><span
                          ><code>${name}</code><br />${
                            words.permissions[name] === undefined
                              ? html`<span class="soft small" lang="en">${description}</span>`
                              : html`<span class="soft small">${words.permissions[name]}</span>`
                          }</span
                        ></label
                      >`
                  )}
                </div>
              </fieldset>
              ${submit(words.keyMake)}`
          )
    )}`
  )
}

/** A new key, which is shown this once. */
export const keyMadePage = (words: Words, key: string, origin: string): Omit<View, "language"> => ({
  title: words.keyMade,
  isWide: true,
  body: html`${title(words.keyMade, words.keyMadeLead)}
    <div class="card">
      <pre tabindex="0">${key}</pre>
      <p class="label">${words.keyTry}</p>
      <pre tabindex="0">curl ${origin}/api/v1/session -H 'Authorization: Bearer ${key}'</pre>
    </div>
    <p class="row"><a class="button" href="/account/keys">${words.goOn}</a></p>`
})
