import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { sessionFor } from "../../support/service/Credentials.ts"
import { itemsOf, refused, served, took } from "../people/Calls.ts"
import { entries } from "../people/Told.ts"
import { accountOf, dump, expire, password, sessionOf, tokenOf } from "./Joining.ts"

const nobody = "/invitations/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

it.live("invitations over HTTP: send, look up, accept once", () =>
  Effect.gen(function* () {
    const { call, get, post, run, service } = yield* served({ LOG_LEVEL: "trace" })
    const admin = yield* run(sessionFor("admin"))
    const accept = (token: string, more: Record<string, unknown> = {}, by?: typeof admin) =>
      post(by, "/invitations/acceptance", { token, name: "Nora", password, ...more })
    const lookup = (token: string) => post(undefined, "/invitations/lookup", { token })

    const sent = took(
      yield* post(admin, "/invitations", { email: " Nora@Bücher.example ", role: "editor", language: "ru" }),
      201
    )
    const token = tokenOf(sent)
    const { link: _link, ...facts } = sent
    const invited = { email: "Nora@Bücher.example", role: "editor", language: "ru" }
    assert.deepInclude(facts, { ...invited, invitedBy: admin.accountId, isExpired: false })
    assert.deepStrictEqual(itemsOf(took(yield* get(admin, "/invitations"), 200)), [facts])

    // Looking changes nothing, however often: scanners of mails open links.
    for (let times = 0; times < 3; times++) {
      assert.deepStrictEqual(took(yield* lookup(token), 200), { ...invited, expiresAt: facts["expiresAt"] })
    }
    for (const wrong of [token.slice(0, -1), `${token.slice(0, -1)}x`, token.replace("fgi_", "fgr_"), "x"]) {
      refused(yield* lookup(wrong), 410, "link-expired", wrong)
      refused(yield* accept(wrong), 410, "link-expired", wrong)
    }

    // A page of another site, a body with more than is asked for, a weak password: none uses the link up.
    const body = { token, name: "Nora", password }
    refused(
      yield* call("POST", undefined, "/invitations/acceptance", body, { "sec-fetch-site": "cross-site" }),
      403,
      "cross-site-request"
    )
    for (const more of [{ email: "mallory@evil.example" }, { role: "owner" }, { name: " " }, { name: "a\nb" }]) {
      refused(yield* accept(token, more), 400, "validation-failed", JSON.stringify(more))
    }
    for (const weak of ["short", "Nora@Bücher.example", "aaaaaaaaaaaaaaaaaaaa"]) {
      refused(yield* accept(token, { password: weak }), 422, "password-refused", weak)
    }

    // Taken by somebody else (GHSA-fmh4-wcc4-5jm3): whoever opens the link, the account is that of the invitation.
    const other = yield* run(sessionFor("viewer"))
    const accepted = yield* accept(token, {}, other)
    took(accepted, 201)
    const nora = sessionOf(accepted)
    const account = yield* run(accountOf("nora@xn--bcher-kva.example"))
    const id = String(account?.["id"])
    assert.deepStrictEqual(account, {
      ...invited,
      id,
      kind: "person",
      name: "Nora",
      // Without a mail server the link was in the answer, for whoever invites.
      proven: false,
      passwords: 1,
      sessions: 1
    })
    assert.strictEqual((yield* get(nora, "/roles")).status, 200)
    refused(yield* get(nora, "/accounts"), 403, "not-permitted")
    refused(yield* get(other, "/roles"), 401, "not-signed-in", "the session that the browser had has ended")
    refused(yield* accept(token), 410, "link-expired")
    refused(yield* lookup(token), 410, "link-expired")
    assert.deepStrictEqual(itemsOf(took(yield* get(admin, "/invitations"), 200)), [])
    refused(
      yield* post(admin, "/invitations", { email: "NORA@xn--bcher-kva.example", role: "viewer" }),
      409,
      "email-taken"
    )

    for (const wrong of [
      { email: "nobody", role: "viewer" },
      { email: "a@brand.example" },
      { email: "a@brand.example", role: "boss" },
      { email: "a@brand.example", role: "viewer", language: "xx" },
      { email: "a@brand.example\r\nBcc: b@evil.example", role: "viewer" },
      { email: "＠brand.example", role: "viewer" }
    ]) {
      refused(yield* post(admin, "/invitations", wrong), 400, "validation-failed", JSON.stringify(wrong))
    }

    assert.deepStrictEqual(
      (yield* run(entries)).filter(({ action }) => action === "invitation.accept"),
      [
        {
          action: "invitation.accept",
          accountId: id,
          targetId: id,
          details: { invitation: String(facts["id"]), role: "editor" }
        }
      ]
    )
    const stored = yield* run(dump)
    for (const secret of [token, password]) assert.notInclude(stored, secret)
    for (const secret of [token, password, "Nora@", "mallory@", nora.headers.cookie.split("=")[1] ?? ""]) {
      assert.notInclude(service.log(), secret)
    }
  })
)

it.live("invitations over HTTP: send again, expire, revoke, list", () =>
  Effect.gen(function* () {
    const { call, get, post, remove, run } = yield* served({ PUBLIC_URL: "https://games.brand.example/fair/" })
    const admin = yield* run(sessionFor("admin"))
    // The link never goes where a request says.
    const forged = { "x-forwarded-host": "evil.example", forwarded: "host=evil.example" }
    const invite = (email: string, role: string) => call("POST", admin, "/invitations", { email, role }, forged)
    const lookup = (token: string) => post(undefined, "/invitations/lookup", { token })

    // Earlier links do not work any more. Expired invitations can be sent again.
    const first = took(yield* invite("emil@brand.example", "viewer"), 201)
    assert.match(String(first["link"]), /^https:\/\/games\.brand\.example\/fair\/join\/fgi_/)
    const path = `/invitations/${String(first["id"])}`
    const again = took(yield* invite("Emil@brand.example", "editor"), 201)
    assert.deepInclude(again, { id: first["id"], role: "editor", language: "en" })
    const resent = took(yield* post(admin, `${path}/resend`), 200)
    for (const old of [first, again]) refused(yield* lookup(tokenOf(old)), 410, "link-expired")
    assert.strictEqual(took(yield* lookup(tokenOf(resent)), 200)["role"], "editor")
    yield* run(expire(first["id"]))
    const late = { token: tokenOf(resent), name: "Emil", password }
    refused(yield* post(undefined, "/invitations/acceptance", late), 410, "link-expired")
    assert.isTrue(itemsOf(took(yield* get(admin, "/invitations"), 200))[0]?.["isExpired"])
    const anew = took(yield* post(admin, `${path}/resend`), 200)
    assert.isFalse(anew["isExpired"])
    took(yield* lookup(tokenOf(anew)), 200)

    took(yield* remove(admin, path), 204)
    refused(yield* lookup(tokenOf(anew)), 410, "link-expired")
    for (const answer of [
      yield* remove(admin, path),
      yield* post(admin, `${path}/resend`),
      yield* post(admin, `${nobody}/resend`),
      yield* remove(admin, nobody)
    ]) {
      refused(answer, 404, "invitation-not-found")
    }

    for (let index = 0; index < 5; index++) took(yield* invite(`p${index}@brand.example`, "viewer"), 201)
    const page = took(yield* get(admin, "/invitations?limit=3"), 200)
    const rest = took(yield* get(admin, `/invitations?limit=3&cursor=${String(page["nextCursor"])}`), 200)
    assert.deepStrictEqual(
      [...itemsOf(page), ...itemsOf(rest)].map(({ email }) => email),
      [4, 3, 2, 1, 0].map((index) => `p${index}@brand.example`)
    )

    assert.deepStrictEqual(
      (yield* run(entries)).filter(({ targetId }) => targetId === first["id"]).map(({ action }) => action),
      ["invitation.create", "invitation.create", "invitation.resend", "invitation.resend", "invitation.revoke"]
    )
  })
)

it.live("nobody invites above themselves, and an invitation stands on its sender's word", () =>
  Effect.gen(function* () {
    const { patch, post, remove, run } = yield* served()
    const owner = yield* run(sessionFor("owner"))
    yield* run(sessionFor("owner"))
    const admin = yield* run(sessionFor("admin"))
    const invite = (by: typeof owner | undefined, email: string, role: string) =>
      post(by, "/invitations", { email, role })
    const lookup = (token: string) => post(undefined, "/invitations/lookup", { token })

    // Above.
    refused(yield* invite(admin, "a@brand.example", "owner"), 403, "role-too-high")
    const high = took(yield* invite(owner, "boss@brand.example", "owner"), 201)
    for (const answer of [
      yield* invite(admin, "boss@brand.example", "viewer"),
      yield* post(admin, `/invitations/${String(high["id"])}/resend`),
      yield* remove(admin, `/invitations/${String(high["id"])}`)
    ]) {
      refused(answer, 403, "role-too-high")
    }
    assert.strictEqual(took(yield* lookup(tokenOf(high)), 200)["role"], "owner", "it was not touched")

    // The sender is demoted, step by step.
    const path = `/accounts/${owner.accountId}`
    const low = took(yield* invite(owner, "viewer@brand.example", "viewer"), 201)
    took(yield* patch(owner, path, { role: "admin" }), 200)
    refused(yield* lookup(tokenOf(high)), 410, "link-expired")
    took(yield* lookup(tokenOf(low)), 200)
    took(yield* patch(admin, path, { role: "editor" }), 200)
    refused(yield* lookup(tokenOf(low)), 410, "link-expired")

    // Sent again by somebody else, it stands on their word.
    const vouched = took(yield* post(admin, "/invitations", { email: "vouched@brand.example", role: "viewer" }), 201)
    const lasting = yield* run(sessionFor("admin"))
    const again = took(yield* post(lasting, `/invitations/${String(vouched["id"])}/resend`), 200)
    assert.strictEqual(again["invitedBy"], lasting.accountId)

    // Disabled, deleted.
    const second = yield* run(sessionFor("admin"))
    const one = took(yield* invite(second, "one@brand.example", "viewer"), 201)
    took(yield* patch(admin, `/accounts/${second.accountId}`, { disabled: true }), 200)
    refused(yield* lookup(tokenOf(one)), 410, "link-expired")
    const third = yield* run(sessionFor("admin"))
    const two = took(yield* invite(third, "two@brand.example", "viewer"), 201)
    took(yield* remove(admin, `/accounts/${third.accountId}`), 204)
    refused(yield* lookup(tokenOf(two)), 410, "link-expired")
    took(yield* remove(lasting, `/accounts/${admin.accountId}`), 204)
    took(yield* lookup(tokenOf(again)), 200)
  })
)

it.live("ten acceptances of one invitation at once make one account", () =>
  Effect.gen(function* () {
    const { post, run } = yield* served()
    const admin = yield* run(sessionFor("admin"))
    for (let round = 0; round < 5; round++) {
      const email = `round${round}@brand.example`
      const token = tokenOf(took(yield* post(admin, "/invitations", { email, role: "viewer" }), 201))
      const answers = yield* Effect.all(
        Array.from({ length: 10 }, (_, index) =>
          post(undefined, "/invitations/acceptance", {
            token,
            name: `Number ${index}`,
            password: `${password} ${index}`
          })
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status).sort((a, b) => a - b),
        [201, ...Array.from({ length: 9 }, () => 410)]
      )
      assert.deepInclude(yield* run(accountOf(email)), { passwords: 1, sessions: 1 })
    }
  })
)
