import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Layer, type Redacted } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { linkContext } from "../../src/mail/Composed.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import type { Role } from "../../src/platform/contract/Access.ts"
import { password, person } from "../support/accounts/AccountServices.ts"
import { makePage, type Page, setCookies } from "../support/accounts/Page.ts"
import { fairground } from "../support/service/CommandLine.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const key = new Uint8Array(32).fill(9)
const publicUrl = "https://games.brand.example"
const email = "nora@brand.example"

const env = {
  SECRETS_KEY: Buffer.from(key).toString("base64"),
  PUBLIC_URL: publicUrl,
  RATE_LIMIT_SIGN_IN: "off"
}

/** The link in the newest mail that leads to this page; fails if there is none. */
const mailedLink = (url: Redacted.Redacted<string>, page: string) =>
  Effect.gen(function* () {
    const [row] = yield* query(
      url,
      (sql) => sql<{ id: string; link: Uint8Array }>`
        select id, link from mail where link is not null and key like ${`${page} %`} order by id desc limit 1`
    )
    const opened = yield* Effect.flatMap(Secrets, (secrets) =>
      secrets.open(linkContext(row?.id ?? ""), row?.link ?? new Uint8Array())
    ).pipe(Effect.provide(Secrets.layerOf([key])))
    return Buffer.from(opened).toString()
  })

const tokenOf = (link: string) => link.trim().slice(link.trim().lastIndexOf("/") + 1)

/** A replica, and a first owner who has set it up by a link of the command line. */
const ready = Effect.fnUntraced(function* (more: Record<string, string> = {}) {
  const url = yield* TestDatabase.makeUrl
  const client = yield* Service.client(16)
  const first = yield* Service.start(url, { ...env, ...more })
  const { code, stdout } = yield* fairground(url, "account", "setup")
  assert.strictEqual(code, 0)
  const owner = makePage(client)
  const setup = { token: tokenOf(stdout), email, name: "Nora", password }
  const answer = yield* owner.send(first.base, "POST", "/api/v1/setup", setup)
  assert.strictEqual(answer.status, 201, JSON.stringify(answer.body))
  return { url, client, first, owner, setup, link: stdout.trim() }
})

/** The same with a second replica, and one that lets few people in. Starting them takes longer than all tests of them. */
class Running extends Context.Service<
  Running,
  Effect.Success<ReturnType<typeof ready>> & { readonly second: Service.Service; readonly strict: Service.Service }
>()("test/Running") {
  static readonly layer = Layer.effect(
    Running,
    Effect.gen(function* () {
      const running = yield* ready()
      const [second, strict] = yield* Effect.all(
        [Service.start(running.url, env), Service.start(running.url, { ...env, RATE_LIMIT_SIGN_IN: "3/1h" })],
        { concurrency: "unbounded" }
      )
      return { ...running, second, strict }
    })
  )
}

/** Another person, signed in. */
const member = Effect.fnUntraced(function* (role?: Role) {
  const running = yield* Running
  const { email, id } = yield* query(running.url, () => person(role))
  const page = makePage(running.client)
  assert.strictEqual((yield* page.send(running.first.base, "POST", "/api/v1/session", { email, password })).status, 201)
  return { ...running, email, id, page }
})

const problem = ({ body, status }: Service.Answer) => [status, String(body["type"]).replace("/problems/", "")]

layer(Running.layer, { excludeTestServices: true, timeout: "2 minutes" })("accounts over HTTP", (it) => {
  it.effect("the first owner, a session in a cookie, and where it ends", () =>
    Effect.gen(function* () {
      const { client, first, link, owner, second, setup, url } = yield* Running
      const at = first.base
      assert.match(link, /^http:\/\/localhost:8080\/setup\/fgo_/, "the settings of the command say where")
      assert.include(first.log(), "`fairground account setup` prints a link")
      assert.notInclude(first.log() + second.log(), "fgo_")

      const again = yield* makePage(client).send(at, "POST", "/api/v1/setup", setup)
      assert.deepStrictEqual(problem(again), [409, "setup-done"])
      const who = yield* owner.send(second.base, "GET", "/api/v1/session")
      assert.deepInclude(who.body["account"], { email, role: "owner", name: "Nora" })
      assert.notInclude(JSON.stringify(who.body), owner.token("session"))

      // Every attribute of every cookie.
      const browser = makePage(client)
      const entered = yield* browser.send(at, "POST", "/api/v1/session", {
        email: ` ${email.toUpperCase()}`,
        password
      })
      assert.strictEqual(entered.status, 201)
      const cookies = setCookies(entered)
      assert.deepStrictEqual(
        cookies.map((line) => line.replace(/=(fg._)?[^;]*;/, "=$1…;").replace(/Expires=[^;]*; /, "")).toSorted(),
        [
          "__Host-fairground-device=fgd_…; Max-Age=7776000; Path=/; HttpOnly; Secure; SameSite=Lax",
          "__Host-fairground-step=…; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax",
          "__Host-fairground=fgs_…; Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=Lax"
        ]
      )

      // What is ended at one replica is over at the other with the next request.
      const stolen = browser.copy()
      assert.strictEqual((yield* stolen.send(second.base, "GET", "/api/v1/session")).status, 200)
      const listed = yield* browser.send(second.base, "GET", "/api/v1/sessions")
      const items = listed.body["items"] as ReadonlyArray<{ id: string; isCurrent: boolean }>
      assert.deepStrictEqual(
        items.map(({ isCurrent }) => isCurrent),
        [true, false]
      )
      const out = yield* browser.send(at, "DELETE", "/api/v1/session")
      assert.deepStrictEqual([out.status, browser.token("session")], [204, ""])
      assert.deepStrictEqual(problem(yield* stolen.send(second.base, "GET", "/api/v1/session")), [401, "not-signed-in"])
      assert.isUndefined((yield* stolen.send(second.base, "GET", "/api/v1/session")).headers["set-cookie"])

      const other = yield* owner.send(at, "DELETE", `/api/v1/sessions/${items[0]?.id}`)
      assert.deepStrictEqual(problem(other), [404, "session-not-found"])
      const own = yield* owner.send(at, "DELETE", `/api/v1/sessions/${items[1]?.id}`)
      assert.deepStrictEqual([own.status, owner.token("session")], [204, ""])
      const [row] = yield* query(
        url,
        (sql) => sql<{ count: number }>`select count(*)::int as count from account_session`
      )
      assert.strictEqual(row?.count, 0)
    })
  )

  it.effect("an unsafe request with a cookie must come from a page of the service itself", () =>
    Effect.gen(function* () {
      const { client, email, first, page: owner } = yield* member()
      const host = first.base.replace("http://", "")
      const table: ReadonlyArray<readonly [headers: Record<string, string>, isOurs: boolean, isSignIn: boolean]> = [
        [{ "sec-fetch-site": "same-origin" }, true, true],
        [{ "sec-fetch-site": "same-site" }, false, false],
        [{ "sec-fetch-site": "cross-site" }, false, false],
        [{ "sec-fetch-site": "none" }, false, false],
        [{ origin: `http://${host}` }, true, true],
        [{ origin: "https://evil.example" }, false, false],
        [{ origin: `http://evil.${host}` }, false, false],
        [{ origin: "null" }, false, false],
        [{ "sec-fetch-site": "cross-site", origin: `http://${host}` }, false, false],
        // No browser: it may sign in, but a cookie does not count.
        [{}, false, true],
        [{ "x-forwarded-host": "evil.example", origin: "https://evil.example" }, false, false]
      ]
      for (const [headers, isOurs, isSignIn] of table) {
        const text = JSON.stringify(headers)
        const changed = yield* owner.send(first.base, "PATCH", "/api/v1/account", { name: "Nora" }, headers)
        assert.deepStrictEqual(
          isOurs ? changed.status : problem(changed),
          isOurs ? 200 : [403, "cross-site-request"],
          text
        )
        const entered = yield* makePage(client).send(
          first.base,
          "POST",
          "/api/v1/session",
          { email, password },
          headers
        )
        assert.deepStrictEqual(
          isSignIn ? entered.status : problem(entered),
          isSignIn ? 201 : [403, "cross-site-request"],
          text
        )
        if (!isSignIn) assert.deepStrictEqual(setCookies(entered), [], text)
        // Reading is no change.
        assert.strictEqual((yield* owner.send(first.base, "GET", "/api/v1/account", undefined, headers)).status, 200)
      }
      // A page over plain HTTP from elsewhere: its browser would drop the cookie without a word.
      const plain = { origin: "http://games.brand.example", host: "games.brand.example" }
      const refused = yield* makePage(client).send(first.base, "POST", "/api/v1/session", { email, password }, plain)
      assert.deepStrictEqual(problem(refused), [403, "https-required"])
      const secure = { origin: "https://games.brand.example", host: "games.brand.example" }
      const taken = yield* makePage(client).send(first.base, "POST", "/api/v1/session", { email, password }, secure)
      assert.strictEqual(taken.status, 201)
      // A good cookie beside another credential: the other one is meant.
      for (const authorization of ["Bearer x", `Bearer ${owner.token("session")}`, "Basic bm9yYTpub3Jh"]) {
        const both = yield* owner.send(first.base, "GET", "/api/v1/session", undefined, { authorization })
        assert.deepStrictEqual(problem(both), [401, "not-signed-in"], authorization)
      }
      const preflight = yield* makePage(client).send(first.base, "OPTIONS", "/api/v1/session", undefined, {
        origin: "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization"
      })
      assert.isUndefined(preflight.headers["access-control-allow-credentials"])
    })
  )

  it.effect("what is sensitive is done after a new proof, and the token from before it is dead", () =>
    Effect.gen(function* () {
      const { first, id, page: owner, url } = yield* member()
      const sensitive = [
        ["PUT", "/api/v1/account/password", { current: password, password: "and the dish ran away" }],
        ["POST", "/api/v1/account/email", { email: "new@brand.example" }]
      ] as const
      const age = (time: string) =>
        query(
          url,
          (sql) => sql`update account_session set authenticated_at = now() - ${time}::interval where account_id = ${id}`
        )
      yield* age("10 minutes")
      for (const [method, path, body] of sensitive) {
        const answer = yield* owner.send(first.base, method, path, body)
        assert.deepStrictEqual(problem(answer), [403, "reauthentication-required"], path)
      }
      const old = owner.copy()
      const wrong = yield* owner.send(first.base, "POST", "/api/v1/session/confirmation", { password: "no" })
      assert.deepStrictEqual(problem(wrong), [403, "wrong-password"])
      const confirmed = yield* owner.send(first.base, "POST", "/api/v1/session/confirmation", { password })
      assert.strictEqual(confirmed.status, 201)
      assert.strictEqual((yield* old.send(first.base, "GET", "/api/v1/session")).status, 401, "the old token is dead")
      assert.strictEqual((yield* owner.send(first.base, ...sensitive[1])).status, 202)
      assert.strictEqual((yield* owner.send(first.base, ...sensitive[0])).status, 204)
    })
  )

  it.effect("an edit says which version it is of", () =>
    Effect.gen(function* () {
      const { first, page: owner } = yield* member()
      const before = yield* owner.send(first.base, "GET", "/api/v1/account")
      const headers = { "sec-fetch-site": "same-origin", "if-match": String(before.headers["etag"]) }
      const change = (name: string) => owner.send(first.base, "PATCH", "/api/v1/account", { name }, headers)
      const after = yield* change("Nora S")
      assert.deepStrictEqual([after.status, after.body["name"], after.headers["etag"]], [200, "Nora S", '"2"'])
      assert.deepStrictEqual(problem(yield* change("Nora T")), [412, "changed-meanwhile"])
    })
  )

  it.effect("a link in a mail leads where PUBLIC_URL says, whatever the request says of its host", () =>
    Effect.gen(function* () {
      const { client, email, first, url } = yield* member()
      const page = makePage(client)
      const forged = {
        host: "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "http",
        "x-original-host": "evil.example",
        forwarded: "host=evil.example;proto=http",
        "x-forwarded-for": "192.0.2.7, evil.example"
      }
      const asked = yield* page.send(first.base, "POST", "/api/v1/password-resets", { email }, forged)
      assert.deepStrictEqual([asked.status, asked.body], [202, { text: "" }])
      const link = yield* Service.until(
        "the mail is stored",
        Effect.orElseSucceed(mailedLink(url, "password-reset"), () => undefined)
      )
      assert.match(link, /^https:\/\/games\.brand\.example\/reset\/fgr_\w{49}$/)
      const [mail] = yield* query(
        url,
        (sql) => sql<{ text: string }>`select m::text as text from mail m order by id desc limit 1`
      )
      assert.notInclude(mail?.text, "evil.example")
      const unknown = yield* page.send(first.base, "POST", "/api/v1/password-resets", { email: "no@brand.example" })
      assert.deepStrictEqual([unknown.status, unknown.body], [202, { text: "" }])
      // A scanner of mails opens links: looking uses nothing up.
      const path = link.slice(publicUrl.length)
      for (const method of ["GET", "HEAD", "GET", "HEAD"]) yield* page.send(first.base, method, path)
      const confirmation = { token: tokenOf(link), password: "and the dish ran away" }
      const done = yield* page.send(first.base, "POST", "/api/v1/password-resets/confirmation", confirmation)
      assert.deepStrictEqual([done.status, page.token("session")], [200, ""], "it signs nobody in")
      const again = yield* page.send(first.base, "POST", "/api/v1/password-resets/confirmation", confirmation)
      assert.deepStrictEqual(problem(again), [410, "link-expired"])
    })
  )

  it.effect("who asks too often waits, by the address that they come from", () =>
    Effect.gen(function* () {
      const { client, strict } = yield* Running
      const page = makePage(client)
      const tries = [
        ["/api/v1/session", { email: "no@brand.example", password: "wrong" }],
        ["/api/v1/password-resets", { email: "no@brand.example" }],
        ["/api/v1/account/email/confirmation", { token: "x" }],
        ["/api/v1/password-resets/confirmation", { token: "x", password: "y" }],
        ["/api/v1/setup", { token: "x", email, name: "x", password: "y" }]
      ] as const
      const answers = yield* Effect.forEach(tries, ([path, body]) => page.send(strict.base, "POST", path, body))
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [401, 202, 410, 429, 429]
      )
      assert.isAbove(Number(answers[3]?.headers["retry-after"]), 0)
    })
  )
})

/** Collects what is exported as traces and logs. */
const collector = Effect.acquireRelease(
  Effect.promise(async () => {
    const texts: Array<string> = []
    const server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => texts.push(text))
      request.on("end", () => response.end("{}"))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, texts, server }
  }),
  ({ server }) =>
    Effect.promise(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
)

it.live(
  "no password and no token stands in the database, the log, the traces or an answer",
  () =>
    Effect.gen(function* () {
      const { texts, url: endpoint } = yield* collector
      const { client, first, owner, setup, url } = yield* ready({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        LOG_LEVEL: "trace"
      })
      const secrets = new Set<string>([password, setup.token])
      const answers: Array<Service.Answer> = []
      const send = (page: Page, method: string, path: string, body?: unknown) =>
        Effect.map(page.send(first.base, method, `/api/v1${path}`, body), (answer) => {
          answers.push(answer)
          for (const token of page.jar.values()) secrets.add(token)
          return answer
        })
      const secret = (text: string) => {
        secrets.add(text)
        return text
      }
      for (const token of owner.jar.values()) secrets.add(token)
      const page = makePage(client)
      yield* send(page, "POST", "/session", { email, password: secret("the wrong password of somebody") })
      yield* send(page, "POST", "/session", { email, password })
      yield* send(page, "POST", "/session/confirmation", { password })
      yield* send(page, "POST", "/session/confirmation", { password: secret("another wrong password") })
      const next = secret("and the dish ran away with the spoon")
      yield* send(page, "PUT", "/account/password", { current: password, password: secret("short one") })
      yield* send(page, "PUT", "/account/password", { current: password, password: next })
      // What does not fit the contract is not quoted.
      yield* send(page, "POST", "/session", { email, password: secret("x".repeat(3000)) })
      yield* send(page, "POST", "/session", { email, password: [secret("a password in a list")] })
      yield* send(page, "POST", "/session", { email, password: next, passwrd: secret("a misspelt field") })
      yield* send(page, "POST", "/password-resets/confirmation", { token: secret("t".repeat(201)), password: next })
      yield* send(page, "POST", "/account/email", { email: "new@brand.example" })
      const change = yield* mailedLink(url, "email-change")
      yield* send(page, "POST", "/account/email/confirmation", { token: secret(tokenOf(change)) })
      yield* send(page, "POST", "/password-resets", { email: "new@brand.example" })
      const reset = yield* Service.until(
        "the mail is stored",
        Effect.orElseSucceed(mailedLink(url, "password-reset"), () => undefined)
      )
      const last = secret("the little dog laughed to see such fun")
      yield* send(page, "POST", "/password-resets/confirmation", { token: secret(tokenOf(reset)), password: last })
      yield* send(page, "POST", "/session", { email: "new@brand.example", password: last })
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [401, 201, 201, 403, 422, 204, 400, 400, 400, 400, 202, 204, 202, 200, 201]
      )
      first.signal("SIGTERM")
      yield* Effect.promise(() => first.exited)

      const tables = yield* query(
        url,
        (sql) => sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`
      )
      const dump = yield* Effect.forEach(tables, ({ name }) =>
        query(url, (sql) => sql<{ text: string }>`select t::text as text from ${sql(name)} t`)
      )
      const places = {
        database: dump
          .flat()
          .map(({ text }) => text)
          .join("\n"),
        log: first.log(),
        traces: texts.join("\n"),
        answers: JSON.stringify(answers.map(({ body }) => body))
      }
      assert.include(places.database, "nora", "the dump holds something")
      assert.include(places.traces, "SignIn.withPassword")
      assert.isAbove(secrets.size, 15)
      for (const [place, text] of Object.entries(places)) {
        for (const one of secrets) {
          const spellings = [
            one,
            encodeURIComponent(one),
            Buffer.from(one).toString("base64"),
            Buffer.from(one).toString("hex")
          ]
          for (const spelling of spellings) assert.isFalse(text.includes(spelling), `${one} in ${place}`)
        }
      }
      for (const place of ["log", "traces"] as const) assert.notMatch(places[place], /(?:nora|new)@brand/, place)
    }),
  120_000
)
