import { html, type Html } from "../../platform/pages/Markup.ts"
import { passkeyScript } from "./PasskeyScript.ts"
import { buttonForm, field, form, note, title, username, type View, withoutPasskey } from "./Shell.ts"
import type { Words } from "./Words.ts"
import { withNext } from "./Visit.ts"

/** A connection of single sign-on, as a page offers it. */
export interface Offered {
  readonly name: string
  readonly title: string
}

const or = (words: Words): Html => html`<p class="or">${words.or}</p>`

/** `before` is shown with the button only. */
const passkeyButton = (words: Words, label: string, mode: string, next: string, before?: Html): Html =>
  html`<div class="stack" data-passkey="${mode}" data-next="${next}" data-failed="${words.passkeyRefused}" hidden>
    ${before}<button type="button" class="full">${label}</button>
    <p class="note bad" role="alert" hidden></p>
  </div>`

const nextField = (next: string): Html => html`<input type="hidden" name="next" value="${next}" />`

export const signInPage = (
  words: Words,
  options: {
    readonly next: string
    readonly connections: ReadonlyArray<Offered>
    readonly isOpen: boolean
    readonly email?: string
    readonly problem?: string
    /** The problem is with what was typed. */
    readonly isWrong?: boolean
    readonly said?: string
    readonly status?: number
  }
): Omit<View, "language"> => ({
  title: words.signIn,
  path: withNext("/sign-in", options.next),
  status: options.status ?? 200,
  script: passkeyScript,
  body: html`${title(words.signIn, words.signInLead)}${note(options.said, "good")}${note(options.problem)}
    <div class="card">
      ${form(
        "/sign-in",
        html`${nextField(options.next)}${field({
            name: "email",
            label: words.email,
            type: "email",
            autocomplete: "username webauthn",
            value: options.email ?? "",
            hasFocus: options.email === undefined || options.email === "",
            isWrong: options.isWrong === true
          })}${field({
            name: "password",
            label: words.password,
            type: "password",
            autocomplete: "current-password",
            hasFocus: options.email !== undefined && options.email !== "",
            isWrong: options.isWrong === true
          })}
          <p class="row"><button type="submit" class="main full">${words.signIn}</button></p>`
      )}
      ${
        options.connections.length === 0
          ? passkeyButton(words, words.signInWithPasskey, "sign-in", options.next, or(words))
          : html`${or(words)}
              <div class="stack">
                ${passkeyButton(words, words.signInWithPasskey, "sign-in", options.next)}${options.connections.map(
                  (connection) =>
                    buttonForm(`/sign-in/sso/${connection.name}`, words.signInWith(connection.title), {
                      style: "full",
                      fields: { next: options.next }
                    })
                )}
              </div>`
      }
    </div>
    <p class="links">
      <a href="/forgot">${words.forgot}</a>${
        options.isOpen ? html`<span>${words.noAccount} <a href="/register">${words.register}</a></span>` : undefined
      }
    </p>`
})

export const secondFactorPage = (
  words: Words,
  options: {
    readonly next: string
    readonly methods: ReadonlySet<string>
    readonly passkeysAt: string
    /** With a code from paper instead of one from an app. */
    readonly isRecovery: boolean
    readonly problem?: string
    readonly status?: number
  }
): Omit<View, "language"> => {
  const query = (mode: string) =>
    `/sign-in/second-factor?${new URLSearchParams({ ...(mode === "" ? {} : { mode }), next: options.next }).toString()}`
  const hasCode = options.methods.has("totp")
  const isRecovery = options.isRecovery || (!hasCode && !options.methods.has("passkey"))
  return {
    title: words.second,
    status: options.status ?? 200,
    script: passkeyScript,
    body: html`${title(words.second, words.secondLead)}${note(options.problem)}
      <div class="card">
        ${
          hasCode || isRecovery
            ? form(
                "/sign-in/second-factor",
                html`${nextField(options.next)}${
                    isRecovery
                      ? field({
                          name: "recoveryCode",
                          label: words.recoveryCode,
                          autocomplete: "off",
                          hasFocus: true,
                          isWrong: options.status === 401
                        })
                      : html`<p class="soft">${words.secondCode}</p>
                          ${field({
                            name: "code",
                            label: words.code,
                            autocomplete: "one-time-code",
                            isCode: true,
                            hasFocus: true,
                            maxLength: 10,
                            isWrong: options.status === 401
                          })}`
                  }
                  <p class="row"><button type="submit" class="main full">${words.goOn}</button></p>`
              )
            : undefined
        }${
          options.methods.has("passkey")
            ? html`${hasCode || isRecovery ? or(words) : undefined}${passkeyButton(
                words,
                words.secondPasskey,
                "second-factor",
                options.next
              )}${withoutPasskey(words, options.passkeysAt)}`
            : undefined
        }
      </div>
      <p class="links">
        ${
          options.methods.has("recovery-code") && !isRecovery
            ? html`<a href="${query("recovery")}">${words.secondRecovery}</a>`
            : undefined
        }${isRecovery && hasCode ? html`<a href="${query("")}">${words.secondCodeInstead}</a>` : undefined}<a
          href="/sign-in"
          >${words.back}</a
        >
      </p>`
  }
}

/** Proving once more who one is. */
export const confirmPage = (
  words: Words,
  options: {
    readonly next: string
    readonly email: string | null
    readonly hasPassword: boolean
    readonly hasPasskey: boolean
    readonly passkeysAt: string
    readonly connections: ReadonlyArray<Offered>
    readonly problem?: string
    readonly status?: number
  }
): Omit<View, "language"> => ({
  title: words.confirm,
  status: options.status ?? 200,
  script: passkeyScript,
  body: html`${title(words.confirm, words.confirmLead)}${note(options.problem)}
    <div class="card">
      <div class="stack">
        ${
          options.hasPassword
            ? form(
                "/account/confirm",
                html`${nextField(options.next)}${username(options.email)}${field({
                    name: "password",
                    label: words.password,
                    type: "password",
                    autocomplete: "current-password",
                    hasFocus: true,
                    isWrong: options.status === 403
                  })}
                  <p class="row"><button type="submit" class="main full">${words.goOn}</button></p>`
              )
            : undefined
        }${
          options.hasPasskey
            ? html`${passkeyButton(words, words.confirmPasskey, "confirmation", options.next)}${withoutPasskey(
                words,
                options.passkeysAt
              )}`
            : undefined
        }${options.connections.map((connection) =>
          buttonForm(`/account/confirm/sso/${connection.name}`, words.confirmWith(connection.title), {
            style: "full",
            fields: { next: options.next }
          })
        )}
      </div>
    </div>
    <p class="links"><a href="/account">${words.cancel}</a></p>`
})

/** On to an identity provider. */
export const goingPage = (words: Words, name: string, location: string): Omit<View, "language"> => ({
  title: words.goingTo(name),
  goesOnTo: location,
  body: html`${title(words.goingTo(name), words.goingToLead)}
    <p class="row"><a class="button" href="${location}" rel="noreferrer">${words.goOn}</a></p>`
})
