import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { baseOf, connected, shop } from "../../../support/esp/Connected.ts"
import { httpPeer, json } from "../../../support/esp/HttpPeer.ts"
import {
  audience,
  type MailchimpBehaviour,
  mailchimpBehaviour,
  otherAudience
} from "../../../support/esp/mailchimp/MailchimpPeer.ts"
import { mailchimp } from "../../../support/esp/mailchimp/MailchimpSubject.ts"
import { providerPeer } from "../../../support/esp/ProviderPeer.ts"

const atPeer = (behaviour: MailchimpBehaviour = mailchimpBehaviour(), change?: { readonly [field: string]: unknown }) =>
  Effect.map(providerPeer(behaviour), (peer) => ({ peer, behaviour, layer: connected(mailchimp, peer.url, change) }))

const withoutBase = {
  ...mailchimp,
  settings: () => ({ provider: "mailchimp", key: { env: "MAILCHIMP_KEY" }, list: audience })
}

describe("the settings of a Mailchimp connection", () => {
  const baseFor = (key: string) => baseOf(withoutBase, {}, { MAILCHIMP_KEY: key })

  it.live("take the data centre from the key, and nothing else", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* baseFor("0123456789abcdef-us6"), "https://us6.api.mailchimp.com/3.0")
      assert.strictEqual(yield* baseFor("0123456789abcdef-us21"), "https://us21.api.mailchimp.com/3.0")
      for (const key of [
        "0123456789abcdef",
        "k-us6.evil.example/",
        "k-evil",
        "k-us6@evil",
        "k-us6/x",
        "k-us6#",
        "k-1"
      ]) {
        assert.strictEqual(
          yield* baseFor(key),
          "field key: has no data centre at its end such as -us21; such a key needs a base"
        )
      }
    })
  )

  it.live("take a key without one where they say the base", () =>
    Effect.gen(function* () {
      const base = "https://us6.api.mailchimp.com/3.0"
      assert.strictEqual(yield* baseOf(mailchimp, { base }, { MAILCHIMP_KEY: "an-oauth-token" }), base)
      assert.include(yield* baseOf(mailchimp, { list: "" }), "field list: ")
      assert.include(
        yield* baseOf(mailchimp, { attributes: { PLAYS: "plays", Email: "data.other" } }),
        "field attributes: EMAIL is the address"
      )
    })
  )
})

describe("the check of a Mailchimp connection", () => {
  const check = (
    change?: { readonly [field: string]: unknown },
    prepare: (behaviour: MailchimpBehaviour) => void = () => undefined
  ) =>
    Effect.gen(function* () {
      const { behaviour, layer } = yield* atPeer(mailchimpBehaviour(), change)
      prepare(behaviour)
      return yield* Effect.flatMap(shop, (adapter) => adapter.check).pipe(Effect.provide(layer))
    })

  it.live("finds what is right", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* check({ attributes: { PLAYS: "plays" } }), [
        { level: "ok", what: "the key is right (account Shop)" },
        {
          level: "ok",
          what: `the audience ${audience} (Players) is single opt-in: with consent contacts are subscribed at once`
        },
        { level: "ok", what: "the audience has all merge fields of the mapping (PLAYS)" }
      ])
    })
  )

  it.live("says nothing of a mapping where there is none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        (yield* check({ attributes: undefined })).map(({ level }) => level),
        ["ok", "ok"]
      )
    })
  )

  it.live("finds what is wrong", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* check({ list: otherAudience, attributes: { GAME: "game", HOME: "data.home" } }, (behaviour) => {
          behaviour.role = "viewer"
          const fields = behaviour.audiences.get(otherAudience)?.mergeFields
          fields?.set("HOME", { type: "address", required: false })
          fields?.delete("FNAME")
        }),
        [
          {
            level: "error",
            what: "the key is right (account Shop), but its user has the role viewer, which may not change contacts"
          },
          {
            level: "ok",
            what: `the audience ${otherAudience} (Players) is double opt-in: with consent contacts are pending until they confirm`
          },
          { level: "error", what: "attribute GAME: the audience has no such merge field" },
          { level: "error", what: "attribute HOME: an address field takes no single value" },
          { level: "warning", what: "the audience has no merge field FNAME for the name" }
        ]
      )
      const [author] = yield* check({}, (behaviour) => void (behaviour.role = "author"))
      assert.match(author?.what ?? "", /its user has the role author, which may not change contacts$/)
      assert.deepStrictEqual(yield* check({ list: "gone" }), [
        { level: "ok", what: "the key is right (account Shop)" },
        { level: "error", what: `there is no audience "gone" (404)` }
      ])
    })
  )

  it.live("warns of marketing permissions, and takes no refusal for an answer", () =>
    Effect.gen(function* () {
      let status = 200
      const peer = yield* httpPeer(({ path }, response) => {
        if (path.includes("/merge-fields"))
          return json(response, 200, { merge_fields: [{ tag: "FNAME", type: "text" }] })
        if (path.includes("/lists/"))
          return json(response, 200, { name: "Players", double_optin: false, marketing_permissions: true })
        json(response, status, { account_name: "Shop", role: "owner" })
      })
      const checked = Effect.flatMap(shop, (adapter) => adapter.check).pipe(
        Effect.provide(connected(mailchimp, peer.url))
      )
      assert.deepInclude(yield* checked, {
        level: "warning",
        what: "the audience has GDPR marketing permissions: they are not set, as no play names them"
      })
      status = 403
      assert.deepInclude(yield* Effect.flip(checked), { reason: "the credentials do not permit it (403)" })
    })
  )
})
