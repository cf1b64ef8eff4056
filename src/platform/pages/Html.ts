import { Html, html } from "./Markup.ts"

/** A sentence as HTML; backquotes mark `code`, as in Markdown. */
export const prose = (text: string): Html => Html.trusted(html`${text}`.source.replace(/`([^`]+)`/g, "<code>$1</code>"))

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#b3123f"/><path d="M16 16V3a13 13 0 0 1 9.2 3.8zM16 16h13a13 13 0 0 1-3.8 9.2zM16 16v13a13 13 0 0 1-9.2-3.8zM16 16H3a13 13 0 0 1 3.8-9.2z" fill="#ffd166"/><circle cx="16" cy="16" r="4" fill="#fff"/></svg>`

/** A wheel of fortune. Embedded in the page, because browsers would otherwise request `/favicon.ico`. */
export const icon = html`<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(picture)}" />`

const style = `
:root{color-scheme:light dark;--ink:light-dark(#231a1f,#f3ecef);--soft:light-dark(#6a5a62,#b6a5ae);--paper:light-dark(#fffaf3,#17121a);
--card:light-dark(#fff,#221a26);--line:light-dark(#eadfd6,#3a2f3f);--red:light-dark(#b3123f,#ff7a9c);--stripe:#b3123f;--gold:#ffd166}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
body::before{content:"";display:block;height:26px;background:repeating-linear-gradient(90deg,var(--stripe) 0 26px,#fff6e9 26px 52px);
-webkit-mask:radial-gradient(circle at 13px 13px,#000 13px,#0000 13.5px) 0 0/26px 26px repeat-x,linear-gradient(#000 0 0) 0 0/100% 13px no-repeat;
mask:radial-gradient(circle at 13px 13px,#000 13px,#0000 13.5px) 0 0/26px 26px repeat-x,linear-gradient(#000 0 0) 0 0/100% 13px no-repeat}
main{max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:2.4rem;line-height:1.15;margin:0 0 .6rem;letter-spacing:-.02em}
h2{font-size:1.15rem;margin:2.4rem 0 .6rem}
p{margin:.5rem 0}
.lead{font-size:1.15rem;color:var(--soft);max-width:38rem}
a{color:var(--red);text-underline-offset:.18em}
a:focus-visible,button:focus-visible,pre:focus-visible{outline:3px solid var(--gold);outline-offset:3px;border-radius:6px}
code,pre{font:.875rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
:not(pre)>code{background:light-dark(#f4e9df,#322737);padding:.1em .35em;border-radius:5px;overflow-wrap:anywhere}
pre{margin:0;padding:1rem 1.1rem;overflow-x:auto;color:#fbeff2;background:#231a26}
figure{margin:1rem 0;border:1px solid var(--line);border-radius:12px;overflow:hidden;background:#231a26}
figcaption{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:.45rem .6rem .45rem 1.1rem;background:var(--card);border-bottom:1px solid var(--line);font-size:.9rem;color:var(--soft)}
figure+figure{margin-top:.75rem}
button{font:inherit;font-size:.85rem;color:var(--ink);background:none;border:1px solid var(--line);border-radius:8px;padding:.2rem .7rem;cursor:pointer}
button:hover{border-color:var(--red)}
ul.cards{list-style:none;margin:.8rem 0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(13.5rem,1fr));gap:.7rem}
ul.cards a{display:block;height:100%;padding:.8rem 1rem;background:var(--card);border:1px solid var(--line);border-radius:12px;text-decoration:none;color:var(--soft);font-size:.92rem}
ul.cards a:hover{border-color:var(--red)}
ul.cards svg{display:block;width:100%;height:auto;margin:0 0 .6rem;border-radius:8px}
ul.cards strong{display:block;color:var(--ink);font-size:1rem}
.state{display:inline-flex;align-items:center;gap:.5em;margin:1rem 0 0;padding:.15rem .8rem;border:1px solid var(--line);border-radius:99px;background:var(--card);font-size:.9rem;color:var(--soft)}
.state::before{content:"";width:.6em;height:.6em;border-radius:50%;background:#9b8d95}
.state[data-state=ready]::before{background:#1f9d62}
.state[data-state=down]::before{background:#d43a2f}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.55rem .8rem .55rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;font-size:.9rem;color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem;margin:1.4rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.back{margin-top:2.5rem}
[hidden]{display:none}
@media (max-width:30rem){h1{font-size:1.9rem}td:last-child,th:last-child{padding-right:0}}
`

/** A whole page in the service's design. `script` runs after the body has been read. */
export const page = (options: {
  readonly title: string
  readonly description: string
  readonly body: Html
  readonly script?: string
  /** Of the text; left out: English. */
  readonly language?: string
}): string =>
  html`<!doctype html>
    <html lang="${options.language ?? "en"}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${options.title}</title>
        <meta name="description" content="${options.description}" />
        ${icon}
        <style>
          ${Html.trusted(style)}
        </style>
      </head>
      <body>
        <main>${options.body}</main>
        ${
          options.script === undefined
            ? undefined
            : html`<script>
                ${Html.trusted(options.script)}
              </script>`
        }
      </body>
    </html> `.source
