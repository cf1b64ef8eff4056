import { Html, html } from "../../platform/pages/Markup.ts"
import { card, confirmFirst, type Said, submit, tabbed } from "./AccountPages.ts"
import { passkeyScript } from "./PasskeyScript.ts"
import type { OwnPage } from "./Routes.ts"
import { buttonForm, field, form, note, title, username, type View, withoutPasskey } from "./Shell.ts"
import type { Offered } from "./SignInPages.ts"
import type { Words } from "./Words.ts"

export interface Security {
  readonly hasTotp: boolean
  readonly passkeys: ReadonlyArray<{ readonly id: string; readonly name: string; readonly lastUsed: string }>
  readonly recoveryCodes: number
  readonly identities: ReadonlyArray<{
    readonly id: string
    readonly title: string
    readonly email: string | null
    readonly lastUsed: string
  }>
  /** Connections that the account is not linked to yet. */
  readonly connections: ReadonlyArray<Offered>
}

const passkeys = ({ isRecent, passkeysAt, words }: OwnPage, list: Security["passkeys"]): Html =>
  html`${
    list.length === 0
      ? html`<p class="soft small">${words.passkeyNone}</p>`
      : html`<ul class="list">
          ${list.map(
            ({ id, lastUsed, name }) =>
              html`<li>
                <div>${name}<br /><span class="soft small">${words.lastUsed(lastUsed)}</span></div>
                ${buttonForm(`/account/passkeys/${id}/remove`, words.remove, { style: "quiet" })}
              </li>`
          )}
        </ul>`
  }${
    isRecent
      ? html`<div
            data-passkey="add"
            data-next="/account/security?said=saved"
            data-failed="${words.passkeyRefused}"
            hidden
          >
            ${field({
              name: "passkeyName",
              label: words.passkeyName,
              autocomplete: "off",
              value: words.passkeyDefault,
              maxLength: 100
            })}
            <p class="row"><button type="button" class="main">${words.passkeyAdd}</button></p>
            <p class="note bad" role="alert" hidden></p>
          </div>
          ${withoutPasskey(words, passkeysAt)}`
      : html`<p class="row">
          <a class="button" href="/account/confirm?next=%2Faccount%2Fsecurity">${words.passkeyAdd}</a>
        </p>`
  }`

export const securityPage = (page: OwnPage, security: Security, said: Said): Omit<View, "language"> => {
  const { account, isRecent, words } = page
  return tabbed(
    page,
    "security",
    said,
    html`${page.owes ? html`<p class="note bad">${words.owesSecondFactor}</p>` : undefined}${card(
      words.passwordTitle,
      account.hasPassword
        ? words.passwordLead
        : security.identities.length > 0
          ? words.passwordElsewhere
          : words.passwordNone,
      html`${
        !account.hasPassword
          ? undefined
          : !isRecent
            ? confirmFirst(words, words.changePassword, "/account/security")
            : form(
                "/account/password",
                html`${username(account.email)}${field({
                  name: "current",
                  label: words.currentPassword,
                  type: "password",
                  autocomplete: "current-password"
                })}${field({
                  name: "password",
                  label: words.newPassword,
                  type: "password",
                  autocomplete: "new-password",
                  hint: words.passwordHint
                })}${submit(words.changePassword)}`
              )
      }`
    )}${card(
      words.totpTitle,
      security.hasTotp ? words.totpOn : words.totpOff,
      html`<div class="row">
        ${buttonForm("/account/totp", security.hasTotp ? words.totpAnew : words.totpStart)}${
          security.hasTotp ? buttonForm("/account/totp/remove", words.remove, { style: "quiet" }) : undefined
        }
      </div>`
    )}${card(words.passkeysTitle, words.passkeysLead, passkeys(page, security.passkeys))}${
      security.hasTotp || security.passkeys.length > 0
        ? card(
            words.recoveryTitle,
            words.recoveryLead(security.recoveryCodes),
            html`<div class="row">${buttonForm("/account/recovery-codes", words.recoveryMake)}</div>`
          )
        : undefined
    }${
      security.identities.length === 0 && security.connections.length === 0
        ? undefined
        : card(
            words.identitiesTitle,
            words.identitiesLead,
            html`${
              security.identities.length === 0
                ? undefined
                : html`<ul class="list">
                    ${security.identities.map(
                      ({ email, id, lastUsed, title: name }) =>
                        html`<li>
                          <div>
                            ${name}${email === null ? undefined : html`, ${email}`}<br /><span class="soft small"
                              >${words.lastUsed(lastUsed)}</span
                            >
                          </div>
                          ${buttonForm(`/account/identities/${id}/remove`, words.remove, { style: "quiet" })}
                        </li>`
                    )}
                  </ul>`
            }${
              security.connections.length === 0
                ? undefined
                : html`<div class="row">
                    ${security.connections.map((connection) =>
                      buttonForm(`/account/sso/${connection.name}`, words.identityLink(connection.title))
                    )}
                  </div>`
            }`
          )
    }`,
    passkeyScript
  )
}

/** A new authenticator app: its secret is shown this once. */
export const totpPage = (
  words: Words,
  options: { readonly secret: string; readonly qrCode: string; readonly uri: string; readonly enrolment: string } & Said
): Omit<View, "language"> => ({
  title: words.totpTitle,
  status: options.status ?? 200,
  body: html`${title(words.totpTitle, words.totpEnrol)}${note(options.problem)}
    <div class="card">
      <div class="qr" role="img" aria-label="${words.totpPicture}">${Html.trusted(options.qrCode)}</div>
      <p><span class="label">${words.totpKey}</span><code>${options.secret.replaceAll(/.{4}(?=.)/g, "$& ")}</code></p>
      <p class="small"><a href="${options.uri}">${words.totpOpen}</a></p>
      ${form(
        "/account/totp/confirm",
        html`<input type="hidden" name="enrolment" value="${options.enrolment}" />${field({
            name: "code",
            label: words.totpConfirm,
            autocomplete: "one-time-code",
            isCode: true,
            hasFocus: true,
            maxLength: 10,
            isWrong: options.problem !== undefined
          })}${submit(words.totpTurnOn)}`
      )}
    </div>
    <p class="links"><a href="/account/security">${words.cancel}</a></p>`
})

/** After a wrong first code: the secret is not shown again, the app has it already. */
export const totpAgainPage = (words: Words, enrolment: string, { problem, status }: Said): Omit<View, "language"> => ({
  title: words.totpTitle,
  status: status ?? 200,
  body: html`${title(words.totpTitle)}${note(problem)}
    <div class="card">
      ${form(
        "/account/totp/confirm",
        html`<input type="hidden" name="enrolment" value="${enrolment}" />${field({
            name: "code",
            label: words.totpConfirm,
            autocomplete: "one-time-code",
            isCode: true,
            hasFocus: true,
            maxLength: 10,
            isWrong: true
          })}${submit(words.totpTurnOn)}`
      )}
    </div>
    <p class="links"><a href="/account/security">${words.cancel}</a></p>`
})

export const recoveryCodesPage = (words: Words, codes: ReadonlyArray<string>): Omit<View, "language"> => ({
  title: words.recoveryShown,
  isWide: true,
  body: html`${title(words.recoveryShown, words.recoveryShownLead)}
    <div class="card">
      <ul class="codes">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
    </div>
    <p class="row"><a class="button" href="/account/security">${words.goOn}</a></p>`
})
