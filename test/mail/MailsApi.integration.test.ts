import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { letter, secretLink, words } from "../../src/mail/Letter.ts"
import * as DeliveriesRepo from "../../src/mail/DeliveriesRepo.ts"
import { Mail } from "../../src/mail/Mail.ts"
import * as Unsubscribing from "../../src/mail/Unsubscribing.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import { keyOf } from "../../src/players/Email.ts"
import { settingsOf } from "../support/AllSettings.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { anybody, post, secrets, stored } from "./Sending.ts"

const secretsKey = Buffer.alloc(32, 7).toString("base64")

/** A process of the service without a mail server, and keys for it. */
class Api extends Context.Service<
  Api,
  {
    readonly as: (role: "admin" | "editor" | undefined, method: string, path: string) => Effect.Effect<Service.Answer>
    readonly raw: Service.Client
    readonly base: string
    readonly log: () => string
  }
>()("test/mail/Api") {}

const api = Layer.effect(
  Api,
  Effect.gen(function* () {
    const url = yield* Url
    const service = yield* Service.start(url, {
      SECRETS_KEY: secretsKey,
      PUBLIC_URL: "https://games.brand.example",
      WORKERS: "0"
    })
    const client = yield* Service.client()
    const headers = {
      admin: (yield* keyFor("admin")).headers,
      editor: (yield* keyFor("editor")).headers
    }
    return Api.of({
      as: (role, method, path) =>
        Effect.promise(() =>
          client.send(service.base, method, path, undefined, role === undefined ? {} : { ...headers[role] })
        ),
      raw: client,
      base: service.base,
      log: service.log
    })
  })
)

class Url extends Context.Service<Url, Redacted.Redacted<string>>()("test/mail/Url") {}

const ground = api.pipe(
  Layer.provideMerge(Mail.layer.pipe(Layer.provide(secrets), Layer.provide(settingsOf({})))),
  Layer.provideMerge(Layer.unwrap(Effect.map(Url, TestDatabase.clientLayer))),
  Layer.provideMerge(Layer.effect(Url, TestDatabase.makeUrl))
)

const invitation = (to: string, name: string) => ({
  to,
  link: "https://games.brand.example/join/very-secret-token",
  about: { kind: "invitation", id: name },
  letter: letter({
    language: "en" as const,
    subject: `Invitation of ${name}`,
    paragraphs: [words`Hello ${name}.`],
    button: { label: "Accept", link: secretLink }
  })
})

const entries = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ action: string; targetId: string; via: string; accountId: string | null }>`
    select action, target_id, via, account_id from audit_entry order by id`
})

layer(ground, { excludeTestServices: true })("The mails of the API", (it) => {
  it.effect("are for those who may see them, and sent again by those who may", () =>
    Effect.gen(function* () {
      const { as } = yield* Api
      const { id } = yield* stored(yield* post({ to: anybody() }))
      const operations = [
        ["GET", "/api/v1/mails"],
        ["GET", `/api/v1/mails/${id}`],
        ["GET", `/api/v1/mails/${id}/preview`],
        ["POST", `/api/v1/mails/${id}/resend`],
        ["GET", "/api/v1/mail-suppressions"],
        ["DELETE", `/api/v1/mail-suppressions/${id}`]
      ] as const
      for (const [method, path] of operations) {
        assert.strictEqual((yield* as(undefined, method, path)).status, 401, path)
        assert.strictEqual((yield* as("editor", method, path)).status, 403, path)
        const { status } = yield* as("admin", method, path)
        assert.strictEqual(status, method === "DELETE" ? 404 : 200, path)
      }
    })
  )

  it.effect("are found by address in any spelling, by what they are about and by status, in pages", () =>
    Effect.gen(function* () {
      const { as } = yield* Api
      const to = anybody()
      const ids: Array<string> = []
      for (const name of ["a", "b", "c"]) ids.unshift((yield* stored(yield* post(invitation(to, name)))).id)
      const idsOf = ({ body }: Service.Answer) =>
        (body["items"] as ReadonlyArray<{ id: string }>).map((item) => item.id)
      const same = encodeURIComponent(` ${to.toUpperCase()} `)
      assert.deepStrictEqual(idsOf(yield* as("admin", "GET", `/api/v1/mails?to=${same}`)), ids)
      const first = yield* as("admin", "GET", `/api/v1/mails?to=${same}&limit=2`)
      assert.deepStrictEqual(idsOf(first), ids.slice(0, 2))
      const next = `/api/v1/mails?to=${same}&limit=2&cursor=${String(first.body["nextCursor"])}`
      const second = yield* as("admin", "GET", next)
      assert.deepStrictEqual([idsOf(second), second.body["nextCursor"]], [ids.slice(2), null])
      const about = `/api/v1/mails?to=${same}&aboutKind=invitation&aboutId=b`
      assert.deepStrictEqual(idsOf(yield* as("admin", "GET", about)), [ids[1]])
      assert.deepStrictEqual(idsOf(yield* as("admin", "GET", `/api/v1/mails?to=${same}&status=sent`)), [])
      for (const wrong of ["to=nobody", "status=lost", "cursor=x", "limit=0", "aboutId=b"]) {
        assert.strictEqual((yield* as("admin", "GET", `/api/v1/mails?${wrong}`)).status, 400, wrong)
      }
    })
  )

  it.effect("show what they say, but never a secret link", () =>
    Effect.gen(function* () {
      const { as, log } = yield* Api
      const key = yield* post(invitation(anybody(), "<Nora>"))
      const { id } = yield* stored(key)
      const mail = yield* as("admin", "GET", `/api/v1/mails/${id}`)
      assert.deepInclude(mail.body, { status: "outbox", hasLink: true, subject: "Invitation of <Nora>" })
      const { body } = yield* as("admin", "GET", `/api/v1/mails/${id}/preview`)
      assert.include(body["text"], "Hello <Nora>.\n\nAccept:\n•••")
      assert.include(body["html"], "Hello &lt;Nora&gt;.")
      const all = JSON.stringify([mail.body, body, (yield* as("admin", "GET", "/api/v1/mails")).body])
      assert.notInclude(all, "very-secret-token")
      assert.notMatch(all, /\ue000/)
      assert.notInclude(log(), "very-secret-token")
      assert.strictEqual((yield* as("admin", "GET", `/api/v1/mails/${id.replace(/.$/, "x")}`)).status, 400)
      assert.strictEqual((yield* as("admin", "GET", `/api/v1/mails/${id.replace(/^./, "f")}`)).status, 404)
    })
  )

  it.effect("are sent again unless their link is gone, their address is blocked, or their person was forgotten", () =>
    Effect.gen(function* () {
      const { as } = yield* Api
      const sql = yield* SqlClient.SqlClient
      const before = (yield* entries).length
      const end = (key: string, status: string) =>
        sql`update mail set status = ${status}, due_at = null, ended_at = now(), attempts = 3 where key = ${key}`
      const resend = (id: string) => as("admin", "POST", `/api/v1/mails/${id}/resend`)

      const plain = yield* post({ to: anybody() })
      yield* end(plain, "sent")
      const { id } = yield* stored(plain)
      assert.deepInclude((yield* resend(id)).body, { status: "outbox", attempts: 0, endedAt: null })
      assert.deepInclude(yield* stored(plain), { status: "outbox", sendings: 2 })
      // It waits already: there is nothing to add.
      assert.strictEqual((yield* resend(id)).status, 200)
      assert.deepInclude(yield* stored(plain), { status: "outbox", sendings: 2 })

      const refused = yield* post(invitation(anybody(), "refused"))
      yield* end(refused, "refused")
      assert.strictEqual((yield* resend((yield* stored(refused)).id)).status, 200)

      const sent = yield* post(invitation(anybody(), "sent"))
      yield* end(sent, "sent")
      yield* sql`update mail set link = null where key = ${sent}`
      const gone = yield* resend((yield* stored(sent)).id)
      assert.deepStrictEqual([gone.status, gone.body["reason"]], [409, "link-gone"])

      const to = anybody()
      const blocked = yield* post({ to })
      yield* end(blocked, "refused")
      const block = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54"
      yield* sql`
        insert into mail_suppression (id, email_key, reason, created_at) values (${block}, ${to}, 'refused', now())`
      assert.strictEqual((yield* resend((yield* stored(blocked)).id)).body["reason"], "suppressed")
      const list = yield* as("admin", "GET", `/api/v1/mail-suppressions?email=${encodeURIComponent(to)}`)
      assert.deepInclude((list.body["items"] as ReadonlyArray<object>)[0], { id: block, email: to, reason: "refused" })
      assert.strictEqual((yield* as("admin", "DELETE", `/api/v1/mail-suppressions/${block}`)).status, 204)
      assert.strictEqual((yield* as("admin", "DELETE", `/api/v1/mail-suppressions/${block}`)).status, 404)
      assert.strictEqual((yield* resend((yield* stored(blocked)).id)).status, 200)

      const told = (yield* entries).slice(before)
      assert.deepStrictEqual(
        told.map(({ action }) => action),
        ["mail.resend", "mail.resend", "mail.resend", "mail-suppression.delete", "mail.resend"]
      )
      for (const { accountId, via } of told) assert.isTrue(via === "http" && accountId !== null)
    })
  )

  it.effect("offer to unsubscribe on one path, which needs a click, and answers whoever has the link", () =>
    Effect.gen(function* () {
      const { base, log, raw } = yield* Api
      const sql = yield* SqlClient.SqlClient
      const repo = yield* DeliveriesRepo.make
      const { tokenOf } = yield* Effect.provide(Unsubscribing.make, secrets)
      const to = keyOf(anybody())
      const now = new Date()
      const { id } = yield* repo.readerOf(uuidV7At(now.getTime()), to, now)
      assert.strictEqual((yield* repo.readerOf(uuidV7At(now.getTime()), to, now)).id, id)
      const blocks = sql<{ reason: string }>`select reason from mail_suppression where email_key = ${to}`
      const audited = Effect.map(entries, (all) => all.filter(({ action }) => action === "mail-suppression.create"))
      const send = (method: string, path: string, body?: string, type = "application/x-www-form-urlencoded") =>
        Effect.promise(() => raw.send(base, method, path, body, body === undefined ? {} : { "content-type": type }))

      const path = `/u/${yield* tokenOf({ id, language: "ru" })}`
      for (const method of ["GET", "HEAD", "GET"]) assert.strictEqual((yield* send(method, path)).status, 200)
      const page = yield* send("GET", path)
      assert.include(page.body["text"], `<html lang="ru">`)
      assert.include(page.body["text"], `<form method="post">`)
      assert.include(page.headers["content-security-policy"], "form-action 'self'")
      assert.deepInclude(page.headers, { "referrer-policy": "no-referrer", "cache-control": "no-store" })
      assert.notInclude(page.body["text"], to)
      assert.deepStrictEqual(yield* blocks, [])

      const click = "List-Unsubscribe=One-Click"
      assert.strictEqual((yield* send("POST", path, click)).status, 200)
      assert.deepStrictEqual(yield* blocks, [{ reason: "unsubscribed" }])
      const form = `--x\r\ncontent-disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n`
      const again = yield* send("POST", path, form, "multipart/form-data; boundary=x")
      assert.include(again.body["text"], "Вы отписались")
      assert.lengthOf(yield* blocks, 1)
      assert.lengthOf(yield* audited, 1)

      // It is about mails that one can do without only.
      const [needed, other] = [yield* post({ to }), yield* post({ to, unsubscribe: true })]
      assert.strictEqual((yield* stored(needed)).status, "outbox")
      assert.strictEqual((yield* stored(other)).status, "suppressed")

      const foreign = yield* Effect.provide(Unsubscribing.make, Secrets.layerOf([new Uint8Array(32).fill(8)]))
      const nobody = yield* tokenOf({ id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b54", language: "en" })
      const token = path.slice(3)
      for (const wrong of [
        yield* foreign.tokenOf({ id, language: "en" }),
        token.slice(0, -2),
        `${token.startsWith("A") ? "B" : "A"}${token.slice(1)}`,
        "x",
        "%20x"
      ]) {
        assert.strictEqual((yield* send("GET", `/u/${wrong}`)).status, 404, wrong)
        assert.strictEqual((yield* send("POST", `/u/${wrong}`, click)).status, 404, wrong)
      }
      // Of somebody who was forgotten: there is nothing to do.
      assert.strictEqual((yield* send("POST", `/u/${nobody}`, click)).status, 200)
      assert.lengthOf(yield* audited, 1)
      assert.strictEqual((yield* send("PUT", path, click)).status, 405)
      assert.notInclude(log(), token)
    })
  )
})
