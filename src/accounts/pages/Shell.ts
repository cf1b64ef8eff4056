import type { HttpServerResponse } from "effect/http"
import { icon } from "../../platform/pages/Html.ts"
import { html, Html } from "../../platform/pages/Markup.ts"
import * as Page from "../../platform/pages/Page.ts"
import type { Language } from "../Account.ts"
import { type Words, wordsOf } from "./Words.ts"

/** One page, in one language. */
export interface View {
  readonly language: Language
  readonly title: string
  readonly body: Html
  /** Runs after the body has been read. All but passkeys works without it. */
  readonly script?: string
  readonly status?: number
  /** Of the page itself, for the link to the other language. */
  readonly path?: string
  /** Where passkeys work: an origin, or `localhost` with any port. */
  /** Where the name of the product leads to. */
  readonly home?: string
  readonly passkeysAt?: string
  /** Wider, for one's own account. */
  readonly isWide?: boolean
  /** Goes on to this address by itself; browsers apply `form-action` to redirects of a form, but not to this. */
  readonly goesOnTo?: string
}

const style = `
:root{color-scheme:light dark;--paper:light-dark(#faf7f5,#120f13);--surface:light-dark(#fff,#1a161c);--sunk:light-dark(#f3eeea,#231d26);
--line:light-dark(#ebe4df,#2d2530);--edge:light-dark(#94878f,#7a6d7d);--ink:light-dark(#211820,#f5eff3);--soft:light-dark(#675b63,#ab9fa8);
--accent:light-dark(#b3123f,#ff7c9e);--fill:light-dark(#b3123f,#c41e4d);--good:light-dark(#0b6b44,#5fd3a0);--good-soft:light-dark(#e2f5eb,#10301f);
--bad:light-dark(#a92316,#ff9384);--bad-soft:light-dark(#fdeae7,#431510)}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;overflow-wrap:break-word;background:var(--paper);color:var(--ink);font:16px/1.55 "Inter Variable",system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
body::before{content:"";display:block;height:26px;background:repeating-linear-gradient(90deg,#b3123f 0 26px,#fff6e9 26px 52px);
-webkit-mask:radial-gradient(circle at 13px 13px,#000 13px,#0000 13.5px) 0 0/26px 26px repeat-x,linear-gradient(#000 0 0) 0 0/100% 13px no-repeat;
mask:radial-gradient(circle at 13px 13px,#000 13px,#0000 13.5px) 0 0/26px 26px repeat-x,linear-gradient(#000 0 0) 0 0/100% 13px no-repeat}
.skip{position:absolute;inset-inline-start:-999px}
.skip:focus{inset-inline-start:1rem;top:.5rem;background:var(--surface);padding:.4rem .8rem;border-radius:9px}
header,main{width:100%;max-width:27rem;margin:0 auto;padding:0 1.25rem}
header.wide,main.wide{max-width:46rem}
main{padding-bottom:3rem}
main:focus{outline:0}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding-top:2rem;margin-bottom:1.2rem;min-height:68px;font-weight:650}
header a{color:var(--ink);text-decoration:none}
header a:hover{text-decoration:underline}
header .end{display:flex;gap:1rem;align-items:center;font-weight:400;font-size:.9rem}
header .end a{color:var(--soft)}
header .end button{font-weight:400;margin-inline-end:-.5rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .35rem;letter-spacing:-.022em;font-weight:650}
h2{font-size:1.1rem;margin:0 0 .2rem;font-weight:650}
p{margin:.4rem 0}
.soft{color:var(--soft)}
.small{font-size:.9rem}
a{color:var(--accent);text-underline-offset:.18em}
.card{background:var(--surface);border:1px solid var(--line);border-radius:14px;padding:1.3rem;margin:1.2rem 0}
.card>:first-child{margin-top:0}
.card>:last-child,.card form>:last-child,.card .row:last-child{margin-bottom:0}
form{margin:0}
label,.label{display:block;font-weight:550;font-size:.92rem;margin:.95rem 0 .3rem}
form>.field:first-child>label,form>input:is([type=hidden],[hidden])+.field>label{margin-top:0}
.card>*+form{margin-top:.9rem}
input[type=text],input[type=email],input[type=password],input:not([type]),select{width:100%;font:inherit;color:inherit;background:var(--surface);border:1px solid var(--edge);border-radius:9px;padding:.6rem .75rem;min-height:44px}
input[aria-invalid=true]{border-color:var(--bad);border-width:2px}
.code{font:1.35rem/1.3 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;letter-spacing:.12em}
.hint{color:var(--soft);font-size:.86rem;margin:.3rem 0 0}
button,.button{display:inline-flex;justify-content:center;align-items:center;gap:.5rem;font:inherit;font-weight:600;min-height:44px;padding:.5rem 1.1rem;border-radius:9px;border:1px solid var(--edge);background:var(--surface);color:var(--ink);cursor:pointer;text-decoration:none}
button.main{background:var(--fill);border-color:var(--fill);color:#fff}
.full{width:100%}
button:hover,.button:hover{border-color:var(--accent)}
button.quiet{border-color:transparent;background:none;color:var(--accent);font-weight:550;padding:.3rem .5rem;min-height:36px}
button:disabled{opacity:.6;cursor:default}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
a:focus-visible{border-radius:6px}
.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin-top:1.1rem}
.or{display:flex;align-items:center;gap:.8rem;color:var(--soft);margin:1.1rem 0}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
.stack{display:grid;gap:.6rem}
.note{border-radius:9px;padding:.7rem .9rem;margin:1rem 0 0;background:var(--good-soft);color:var(--good)}
.note.bad{background:var(--bad-soft);color:var(--bad)}
.links{display:flex;justify-content:space-between;flex-wrap:wrap;gap:.4rem 1rem;font-size:.92rem}
nav.tabs{display:flex;gap:.25rem;flex-wrap:wrap;margin:1.2rem 0 0;border-bottom:1px solid var(--line)}
nav.tabs a{padding:.55rem .8rem;color:var(--soft);text-decoration:none;border-bottom:2px solid transparent;margin-bottom:-1px}
@media (max-width:26rem){nav.tabs{gap:.7rem}nav.tabs a{padding:.6rem 0;font-size:.85rem}}
nav.tabs a[aria-current]{color:var(--ink);border-color:var(--accent);font-weight:600}
ul.list{list-style:none;margin:.8rem 0 0;padding:0}
ul.list>li{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:.65rem 0;border-top:1px solid var(--line)}
ul.list>li>div{min-width:0;overflow-wrap:anywhere}
@media (max-width:26rem){ul.list>li{display:block}ul.list button.quiet{margin-inline-start:-.5rem}}
.codes{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.35rem 1.2rem;list-style:none;padding:0;margin:.8rem 0}
code,pre{font:.9rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
pre{background:var(--sunk);border-radius:9px;padding:.8rem .95rem;margin:.6rem 0;white-space:pre-wrap}
.qr{width:12rem;max-width:100%;background:#fff;border-radius:9px;padding:.7rem;margin:.6rem 0}
.qr svg{display:block;width:100%;height:auto}
.checks{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.2rem 1rem}
.checks label{display:flex;gap:.5rem;align-items:flex-start;font-weight:400;margin:.2rem 0}
.checks input{margin-top:.3rem}
fieldset{border:0;padding:0;margin:1rem 0 0}
legend{padding:0}
[hidden]{display:none}
@media (forced-colors:active){.card,nav.tabs{border-color:CanvasText}}
@media (prefers-reduced-motion:no-preference){button{transition:border-color .15s}}
`

const otherLanguage = (language: Language, path: string): Html => {
  const to: Language = language === "en" ? "ru" : "en"
  const other = path.includes("?") ? `${path}&lang=${to}` : `${path}?lang=${to}`
  return html`<a href="${other}" hreflang="${to}" lang="${to}">${wordsOf[language].otherLanguage}</a>`
}

/** The page's HTML. */
const document = (view: View, signedIn?: { readonly signOut: Html }): string => {
  const words = wordsOf[view.language]
  const wide = view.isWide === true ? html` class="wide"` : undefined
  return html`<!doctype html>
    <html lang="${view.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${view.title} · ${words.brand}</title>
        ${view.goesOnTo === undefined ? undefined : html`<meta http-equiv="refresh" content="0;url=${view.goesOnTo}" />`}
        ${icon}
        <style>
          ${Html.trusted(style)}
        </style>
      </head>
      <body ${view.script === undefined ? undefined : html` data-passkeys-at="${view.passkeysAt ?? "localhost"}"`}>
        <a class="skip" href="#content">${words.skip}</a>
        <header ${wide}>
          <a href="${view.home ?? "/account"}">${words.brand}</a
          ><span class="end"
            >${view.path === undefined ? undefined : otherLanguage(view.language, view.path)}${signedIn?.signOut}</span
          >
        </header>
        <main id="content" tabindex="-1" ${wide}>${view.body}</main>
        ${
          view.script === undefined
            ? undefined
            : html`<script>
                ${Html.trusted(view.script)}
              </script>`
        }
      </body>
    </html> `.source
}

/** The answer with the page. Nothing keeps it: it is somebody's own. */
export const respond = (view: View, signedIn?: { readonly signOut: Html }): HttpServerResponse.HttpServerResponse =>
  Page.made(document(view, signedIn), view.status)

/** A sentence that says how it went: read aloud at once where it is about a failure. */
export const note = (text: string | undefined, kind: "good" | "bad" = "bad"): Html | undefined =>
  text === undefined
    ? undefined
    : html`<p class="note${kind === "bad" ? " bad" : ""}" role="${kind === "bad" ? "alert" : "status"}" id="note">
        ${text}
      </p>`

interface Field {
  readonly name: string
  readonly label: string
  readonly type?: "text" | "email" | "password"
  readonly value?: string
  readonly hint?: string
  /** What browsers and password managers fill in. */
  readonly autocomplete: string
  readonly isWrong?: boolean
  readonly hasFocus?: boolean
  readonly isCode?: boolean
  readonly maxLength?: number
}

/** A labelled field that must be filled in. */
export const field = (options: Field): Html => {
  const { autocomplete, hasFocus, hint, isCode, isWrong, label, maxLength, name, type = "text", value } = options
  const described = [...(hint === undefined ? [] : [`${name}-hint`]), ...(isWrong === true ? ["note"] : [])].join(" ")
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      required${
        isCode === true ? html` class="code" inputmode="numeric" autocapitalize="off" spellcheck="false"` : undefined
      }${type === "email" ? html` dir="ltr" autocapitalize="off" spellcheck="false"` : undefined}${
        value === undefined ? undefined : html` value="${value}"`
      }${maxLength === undefined ? undefined : html` maxlength="${maxLength}"`}${
        described === "" ? undefined : html` aria-describedby="${described}"`
      }${isWrong === true ? html` aria-invalid="true"` : undefined}${hasFocus === true ? html` autofocus` : undefined}
    />
    ${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`
}

/** Tells password managers whose password it is, on pages that do not ask for the address. */
export const username = (email: string | null): Html | undefined =>
  email === null ? undefined : html`<input type="email" value="${email}" autocomplete="username" readonly hidden />`

/** Where there is no button for a passkey: why not. `at` is what the page knows as `passkeysAt`. */
export const withoutPasskey = (words: Words, at: string): Html =>
  html`<p class="soft small" data-elsewhere hidden>${words.passkeyElsewhere(at)}</p>
    <noscript><p class="soft small">${words.passkeyNeedsScript}</p></noscript>`

/** A form that is sent to this service. */
export const form = (action: string, body: Html, label?: string): Html =>
  html`<form method="post" action="${action}" ${label === undefined ? undefined : html` aria-label="${label}"`}>
    ${body}
  </form>`

/** A form that is only a button. */
export const buttonForm = (
  action: string,
  label: string,
  options: { readonly fields?: Readonly<Record<string, string>>; readonly style?: "main" | "quiet" | "full" } = {}
): Html =>
  form(
    action,
    html`${Object.entries(options.fields ?? {}).map(
        ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`
      )}<button type="submit" ${options.style === undefined ? undefined : html` class="${options.style}"`}>
        ${label}
      </button>`
  )

export const title = (heading: string, lead?: string): Html =>
  html`<h1>${heading}</h1>
    ${lead === undefined ? undefined : html`<p class="soft">${lead}</p>`}`

/** A page that only says something and where to go on. */
export const message = (
  language: Language,
  heading: string,
  lead: string,
  next?: { readonly href: string; readonly label: string },
  status = 200
): View => ({
  language,
  title: heading,
  status,
  body: html`${title(heading, lead)}${
    next === undefined ? undefined : html`<p class="row"><a class="button" href="${next.href}">${next.label}</a></p>`
  }`
})
