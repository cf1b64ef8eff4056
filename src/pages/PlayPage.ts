import { hash } from "node:crypto"
import { icon } from "../platform/pages/Html.ts"
import { html, Html } from "../platform/pages/Markup.ts"
import * as Page from "../platform/pages/Page.ts"
import type { PublicPage } from "./PublicPage.ts"
import { momentIn, type Say, sayIn } from "./Words.ts"

/** What of a page is not for visitors, but decides how it is served. */
export interface Setting {
  /** Origins whose pages may have it in a frame. */
  readonly origins: ReadonlyArray<string>
  /** Of the game: a page without JavaScript does not know the visitor's. */
  readonly timeZone: string
}

/** Colours are checked when a page is stored: nothing in here needs escaping. */
const styleOf = ({ theme: { accent, gold, ink, onAccent, paper, radius } }: PublicPage) => `
:root{color-scheme:light;--accent:${accent};--on-accent:${onAccent};--gold:${gold};--paper:${paper};--ink:${ink};--radius:${radius}px}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;color:var(--ink);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;background:
radial-gradient(60rem 32rem at 50% -12rem,color-mix(in srgb,var(--gold) 45%,var(--paper)),#0000) no-repeat,
radial-gradient(50rem 40rem at 110% 110%,color-mix(in srgb,var(--accent) 16%,var(--paper)),#0000) no-repeat,var(--paper)}
main{max-width:62rem;margin:0 auto;padding:clamp(1rem,4vw,3rem) clamp(.75rem,4vw,2rem) 3rem}
fairground-game:not(:defined){display:block;min-height:480px;text-align:center}
h1{font-size:clamp(1.7rem,5vw,2.6rem);line-height:1.15;margin:.4em 0 .3em;letter-spacing:-.02em}
p{margin:.5em 0}
.card{max-width:30rem;margin:2rem auto;padding:clamp(1.2rem,4vw,2rem);background:var(--paper);border:1px solid color-mix(in srgb,var(--ink) 14%,var(--paper));border-radius:var(--radius);box-shadow:0 18px 50px -24px color-mix(in srgb,var(--ink) 45%,#0000)}
.card h1{margin-top:0}
.logo{display:block;max-width:min(14rem,70%);max-height:5rem;margin:0 0 1.2rem}
.prize{font-size:1.35rem;font-weight:650;margin:.8rem 0}
.note{border-inline-start:4px solid var(--accent);padding-inline-start:.8rem}
label{display:block;font-weight:600;margin:1.1rem 0 .3rem}
.box{display:flex;gap:.7rem;align-items:flex-start;font-weight:400}
.box input{flex:none;width:1.4rem;height:1.4rem;margin:.1rem 0 0;accent-color:var(--accent)}
input[type=email],input[type=text]{width:100%;font:inherit;color:var(--ink);background:var(--paper);border:1px solid color-mix(in srgb,var(--ink) 62%,var(--paper));border-radius:10px;padding:.65rem .8rem;min-height:48px}
.hint{font-size:.9rem;margin:.35rem 0 0}
button,.button{display:inline-block;font:inherit;font-weight:650;color:var(--on-accent);background:var(--accent);border:0;border-radius:99px;padding:.75rem 1.8rem;min-height:48px;margin-top:1.4rem;cursor:pointer;text-decoration:none}
a{color:inherit}
:focus-visible{outline:3px solid var(--ink);outline-offset:3px}
@media (forced-colors:active){.card,input,button,.button{border:1px solid}}
`

const originOfPicture = (picture: string | null): ReadonlyArray<string> => {
  const origin = picture === null ? undefined : URL.parse(picture)?.origin
  return origin === undefined || origin === "null" ? [] : [origin]
}

/**
 * What the page may do: run the service's own scripts, use this style, show the game's own pictures, call this service, send forms to it,
 * and be in a frame of the game's origins. `self` is for the admin's preview.
 */
export const policyOf = (facts: PublicPage, style: string, { origins }: Setting): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'sha256-${hash("sha256", style, "base64")}'`,
    ["img-src 'self' data: blob:", ...originOfPicture(facts.theme.logo), ...originOfPicture(facts.theme.picture)].join(
      " "
    ),
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    ["frame-ancestors 'self'", ...origins].join(" "),
    "require-trusted-types-for 'script'"
  ].join("; ")

export const headersOf = (facts: PublicPage, setting: Setting): Readonly<Record<string, string>> => ({
  "content-security-policy": policyOf(facts, styleOf(facts), setting),
  "content-language": facts.language,
  // Without it, browsers say of no form where it comes from, and outside of TLS they say it in no other way.
  "referrer-policy": "same-origin",
  vary: "Accept-Encoding, Accept-Language"
})

const escape = (text: string): string => html`${text}`.source

/** A whole page in the game's colours. `head`: more of the head. The style is to the letter what the policy has the digest of. */
export const whole = (facts: PublicPage, title: string, body: Html, head?: Html): string =>
  `<!doctype html>
<html lang="${escape(facts.language)}" dir="${facts.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<meta name="description" content="${escape(facts.texts.lead || title)}">
<meta name="theme-color" content="${facts.theme.accent}">
${icon.source}
<style>${styleOf(facts)}</style>${head?.source ?? ""}
</head>
<body>
${body.source}
</body>
</html>
`

/** The path of the page without JavaScript. */
export const plainPath = ({ language, slug }: PublicPage, preview?: string): string =>
  `/play/${slug}?plain&lang=${encodeURIComponent(language)}${preview === undefined ? "" : `&preview=${encodeURIComponent(preview)}`}`

/** JSON that can stand in a script element: it has no `<`. */
const data = (facts: unknown): Html => Html.trusted(JSON.stringify(facts).replaceAll("<", String.raw`\u003c`))

export const wordsOf = (facts: PublicPage): Say => sayIn(facts.language, facts.words ?? {})

/** What visitors are told of a game that takes no plays; undefined: it takes them. */
export const closedText = (facts: PublicPage, { timeZone }: Setting): string | undefined => {
  const say = wordsOf(facts)
  if (facts.state === "closed") return say("over")
  if (facts.state !== "scheduled") return undefined
  return facts.opensAt === null
    ? say("notOpen")
    : say("notOpenUntil", { when: momentIn(facts.language, timeZone, new Date(facts.opensAt.epochMilliseconds)) })
}

/**
 * The page of a game. The heading stands in the element until the widget takes its place, so that it is seen at once. Browsers without
 * JavaScript go on to a form by themselves, which is made for each visitor: this page is kept by browsers, and a form needs a key of
 * its own. `json`: the facts as the API gives them.
 */
export const playText = (facts: PublicPage, json: string, setting: Setting, preview?: string): string => {
  const say = wordsOf(facts)
  const path = plainPath(facts, preview)
  const closed = closedText(facts, setting)
  return whole(
    facts,
    facts.title,
    html`<main>
        <fairground-game game="${facts.slug}" lang="${facts.language}">
          <h1>${facts.texts.heading || say("heading")}</h1>
          <p>${closed ?? (facts.texts.lead || say("lead"))}</p>
        </fairground-game>
        <noscript
          ><div class="card">
            <p>${say("noScript")}</p>
            <p><a class="button" href="${path}">${facts.texts.button || say("play")}</a></p>
          </div></noscript
        >
      </main>
      <script type="application/json" id="fairground-${facts.slug}">
        ${data(JSON.parse(json))}
      </script>`,
    html` <noscript><meta http-equiv="refresh" content="0; url=${path}" /></noscript>
      <script type="module" src="/widget.js"></script>`
  )
}

/** The page as it is served to all who want it in this language. */
export const playPage = (facts: PublicPage, json: string, setting: Setting): Page.Page =>
  Page.make(playText(facts, json, setting), "text/html; charset=utf-8", headersOf(facts, setting))
