import { page } from "./Html.ts"
import { Html, html } from "./Markup.ts"
import type { Shown } from "./Showcase.ts"

// The browser knows the right address behind any proxy. The address in the page itself is for browsers without scripts.
const script = `
for (const place of document.querySelectorAll("[data-origin]")) place.textContent = location.origin
const button = document.querySelector("button")
if (navigator.clipboard) {
  button.hidden = false
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector("#curl").textContent)
    button.textContent = "Copied"
  })
}
const state = document.querySelector(".state")
const show = (ready) => {
  state.dataset.state = ready ? "ready" : "down"
  state.textContent = ready ? "Ready to take plays" : "Not ready to take plays"
}
fetch("/health/ready", { method: "HEAD", cache: "no-store" }).then((answer) => show(answer.ok), () => show(false))
`

const games = (showcase: ReadonlyArray<Shown>): Html | undefined =>
  showcase.length === 0
    ? undefined
    : html`<h2 id="games">Play a game</h2>
        <ul class="cards games">
          ${showcase.map(
            ({ href, picture, text, title }) =>
              html`<li><a href="${href}">${picture}<strong>${title}</strong>${text}</a></li>`
          )}
        </ul>`

/**
 * @param origin The service's own address as far as it knows, such as `http://localhost:8080`.
 * @param hasAdmin Whether it serves the admin.
 * @param showcase What there is to look at.
 */
export const landing = (origin: string, hasAdmin = false, showcase: ReadonlyArray<Shown> = []): string =>
  page({
    title: "Fairground",
    description: "The open backend for promotional games.",
    script,
    // Not formatted as `html` is: what stands in `pre` is shown as it is.
    body: Html.trusted(`<h1>Fairground</h1>
<p class="lead">The open backend for promotional games. A visitor plays and leaves an email address; Fairground counts the play
exactly once, finds or creates the contact at the brand’s email service, and answers at once.</p>
<p class="state" role="status">Asking whether the service is ready …</p>
${games(showcase)?.source ?? ""}
<h2 id="try">Record a play</h2>
<p>With the demo game <code>wheel</code>, paste this into a terminal. Run it twice: the second answer knows the first.</p>
<figure>
<figcaption><span>Request</span><button type="button" hidden>Copy</button></figcaption>
<pre id="curl" tabindex="0" role="region" aria-label="Request"><code>curl <span data-origin>${html`${origin}`.source}</span>/api/v1/games/wheel/plays \\
  -H 'Content-Type: application/json' \\
  -d '{ "email": "nora@shop.example" }'</code></pre>
</figure>
<figure>
<figcaption><span>Answer</span></figcaption>
<pre tabindex="0" role="region" aria-label="Answer"><code>{
  "id": "0198c7e2-7d1c-7f0e-9a55-0b6b3c0f7a11",
  "game": "wheel",
  "playedAt": "2026-11-20T10:00:00.000Z",
  "playedBefore": false,
  "plays": 1,
  "contact": "created"
}</code></pre>
</figure>
<dl>
<dt><code>contact</code></dt><dd>whether the address was at the email service already: <code>existed</code>, <code>created</code>, <code>rejected</code>, or <code>unknown</code> while it has not answered</dd>
<dt><code>playedBefore</code></dt><dd>whether it had played this game before</dd>
<dt><code>plays</code></dt><dd>how many times it has played now, this play included</dd>
</dl>

<h2>Look around</h2>
<nav aria-label="Pages of this service">
<ul class="cards">
${
  hasAdmin
    ? `<li><a href="/admin"><strong>Admin</strong>Plays, players and figures, for people with an account</a></li>
`
    : ""
}<li><a href="/account"><strong>Your account</strong>Sign in; sessions, second factors and keys</a></li>
<li><a href="/docs"><strong>API reference</strong>Every operation, and a client to try it</a></li>
<li><a href="/openapi.json"><strong>OpenAPI 3.1</strong>The same for machines</a></li>
<li><a href="/problems"><strong>Problems</strong>What each error means</a></li>
<li><a href="/health/ready"><strong>Readiness</strong>Database, migrations, queue</a></li>
<li><a href="/metrics"><strong>Metrics</strong>For Prometheus</a></li>
</ul>
</nav>`)
  })
