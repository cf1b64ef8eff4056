import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { created, existed } from "../../../../src/esp/EspClient.ts"
import { connected, failing, register } from "../../../support/esp/Connected.ts"
import { httpPeer, json } from "../../../support/esp/HttpPeer.ts"
import {
  audience,
  key,
  type MailchimpBehaviour,
  mailchimpBehaviour,
  otherAudience
} from "../../../support/esp/mailchimp/MailchimpPeer.ts"
import { mailchimp } from "../../../support/esp/mailchimp/MailchimpSubject.ts"
import { observed } from "../../../support/esp/Observed.ts"
import { providerPeer } from "../../../support/esp/ProviderPeer.ts"
import { providerSuite } from "../../../support/esp/ProviderSuite.ts"

providerSuite(mailchimp)

const consent = { textVersion: "2026-10", language: "fr-CA", at: new Date("2026-11-20T10:00:00.250Z") }

const atPeer = (behaviour: MailchimpBehaviour = mailchimpBehaviour(), change?: { readonly [field: string]: unknown }) =>
  Effect.map(providerPeer(behaviour), (peer) => ({ peer, behaviour, layer: connected(mailchimp, peer.url, change) }))

const problem = (title: string, detail = "", errors?: ReadonlyArray<{ field: string; message: string }>) => ({
  type: "https://mailchimp.com/developer/marketing/docs/errors/",
  title,
  status: 400,
  detail,
  instance: "1",
  ...(errors === undefined ? {} : { errors })
})

const bodyOf = (received: { readonly body: string } | undefined): unknown => JSON.parse(received?.body ?? "null")

describe("a new contact at Mailchimp", () => {
  it.live("is sent whole, in one call, and without consent as transactional", () =>
    Effect.gen(function* () {
      const { layer, peer } = yield* atPeer()
      const registration = yield* register("Nora+Wheel@Shop.example", {
        tags: ["wheel", "autumn"],
        attributes: { PLAYS: 3, LNAME: true }
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(registration, created("unsubscribed"))
      assert.strictEqual(peer.received.length, 1)
      const [sent] = peer.received
      assert.strictEqual(sent?.path, `/3.0/lists/${audience}/members?skip_merge_validation=true`)
      assert.strictEqual(sent?.headers.authorization, `Bearer ${key}`)
      assert.deepStrictEqual(bodyOf(sent), {
        email_address: "Nora+Wheel@Shop.example",
        status: "transactional",
        merge_fields: { FNAME: "Nora", PLAYS: 3, LNAME: "true" },
        tags: ["wheel", "autumn"]
      })
    })
  )

  it.live("is subscribed with consent, with its language and the time of it", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      const registration = yield* register("nora@shop.example", {
        consent,
        language: consent.language,
        name: null
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(registration, created("subscribed"))
      assert.deepInclude(behaviour.members().get("nora@shop.example"), {
        status: "subscribed",
        language: "fr_CA",
        timestampSignup: "2026-11-20T10:00:00+00:00"
      })
      assert.deepStrictEqual(bodyOf(peer.received[1]), {
        email_address: "nora@shop.example",
        status: "subscribed",
        merge_fields: {},
        tags: [],
        language: "fr_CA",
        timestamp_signup: "2026-11-20T10:00:00+00:00"
      })
    })
  )

  it.live("is pending with consent where the audience is double opt-in, which is asked once", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      yield* Effect.gen(function* () {
        for (const email of ["a@shop.example", "b@shop.example"]) {
          assert.deepStrictEqual(yield* register(email, { consent, list: otherAudience }), created("pending"))
        }
        assert.deepStrictEqual(yield* register("c@shop.example", { list: otherAudience }), created("unsubscribed"))
      }).pipe(Effect.provide(layer))
      assert.strictEqual(peer.received.filter(({ method }) => method === "GET").length, 1)
      assert.deepStrictEqual(
        [...behaviour.members(otherAudience).values()].map(({ status }) => status),
        ["pending", "pending", "transactional"]
      )
      assert.strictEqual(behaviour.members().size, 0)
    })
  )

  it.live("is not created while nobody knows how the audience is set up", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer(({ method }, response) => json(response, method === "GET" ? 500 : 200, {}))
      const error = yield* failing("nora@shop.example", { consent }).pipe(
        Effect.provide(connected(mailchimp, peer.url))
      )
      assert.deepStrictEqual(error, { tag: "EspUnavailable", reason: "status-500", acted: false, wait: undefined })
      assert.deepStrictEqual(
        peer.received.map(({ method }) => method),
        ["GET"]
      )
    })
  )

  it.live("goes without a language that Mailchimp has no code for", () =>
    Effect.gen(function* () {
      const { behaviour, layer } = yield* atPeer()
      const codes = {
        "pt-PT": "pt_PT",
        "pt-BR": "pt",
        "es-419": "es",
        "zh-Hant-TW": "zh",
        "fr-Latn-CA": "fr_CA",
        nb: "no",
        "en-US": "en",
        tlh: ""
      }
      yield* Effect.gen(function* () {
        for (const language of Object.keys(codes)) yield* register(`${language}@shop.example`, { language })
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        Object.fromEntries([...behaviour.members().values()].map((one) => [one.email.split("@")[0], one.language])),
        codes
      )
    })
  )
})

describe("merge fields that Mailchimp will not have", () => {
  it.live("are left out, and the contact is created with the rest", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      const registration = yield* register("nora@shop.example", {
        attributes: { LAST_GAME: "wheel", PLAYS: "many", LNAME: "Berg" }
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(registration, created("unsubscribed"))
      assert.deepStrictEqual(behaviour.members().get("nora@shop.example")?.mergeFields, {
        FNAME: "Nora",
        LNAME: "Berg"
      })
      assert.strictEqual(peer.received.length, 2)
    })
  )

  it.live("are all left out where leaving out those that it names is not enough", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer(({ body }, response) => {
        const { merge_fields: fields } = JSON.parse(body) as { merge_fields: Record<string, unknown> }
        const [first] = Object.keys(fields)
        if (first === undefined)
          return json(response, 200, { email_address: "nora@shop.example", status: "transactional" })
        json(response, 400, problem("Invalid Resource", "…", [{ field: `merge_fields.${first}`, message: "…" }]))
      })
      const registration = yield* register("nora@shop.example", { attributes: { A: 1, B: 2 } }).pipe(
        Effect.provide(connected(mailchimp, peer.url))
      )
      assert.deepStrictEqual(registration, created("unsubscribed"))
      assert.deepStrictEqual(
        peer.received.map((one) => Object.keys((bodyOf(one) as { merge_fields: object }).merge_fields)),
        [["FNAME", "A", "B"], ["A", "B"], []]
      )
    })
  )

  it.live("may be missing, even required ones", () =>
    Effect.gen(function* () {
      const { behaviour, layer } = yield* atPeer()
      behaviour.audiences.get(audience)?.mergeFields.set("BIRTHDAY", { type: "birthday", required: true })
      assert.deepStrictEqual(yield* register("nora@shop.example").pipe(Effect.provide(layer)), created("unsubscribed"))
      behaviour.audiences.get(audience)?.mergeFields.set("FNAME", { type: "number", required: true })
      assert.deepStrictEqual(yield* register("olga@shop.example").pipe(Effect.provide(layer)), created("unsubscribed"))
    })
  )
})

describe("a contact that Mailchimp has", () => {
  it.live("gets fields and tags, and keeps its status, its name and its language", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      peer.add("nora@shop.example", "unsubscribed")
      const registration = yield* register("NORA@shop.example", {
        consent,
        language: consent.language,
        tags: ["wheel"],
        attributes: { PLAYS: 2 }
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(registration, existed("unsubscribed"))
      assert.deepInclude(behaviour.members().get("nora@shop.example"), {
        status: "unsubscribed",
        language: "",
        mergeFields: { PLAYS: 2 },
        tags: ["wheel"],
        automations: []
      })
      // The MD5 of nora@shop.example.
      const path = `/3.0/lists/${audience}/members/e4853f7e16b15b1da418a6c70959366e`
      assert.deepStrictEqual(
        peer.received.slice(2).map((one) => [one.method, one.path.split("?")[0], bodyOf(one)]),
        [
          ["PATCH", path, { merge_fields: { PLAYS: 2 } }],
          ["POST", `${path}/tags`, { tags: [{ name: "wheel", status: "active" }], is_syncing: true }]
        ]
      )
    })
  )

  it.live("is asked for its status alone where there is nothing to add", () =>
    Effect.gen(function* () {
      const { behaviour, layer, peer } = yield* atPeer()
      const states = {
        subscribed: "subscribed",
        pending: "pending",
        transactional: "unsubscribed",
        archived: "unsubscribed",
        "brand-new": "unknown"
      }
      for (const status of Object.keys(states)) {
        peer.add(`${status}@shop.example`)
        const member = behaviour.members().get(`${status}@shop.example`)
        if (member !== undefined) member.status = status
      }
      yield* Effect.gen(function* () {
        for (const [status, mailability] of Object.entries(states)) {
          assert.deepStrictEqual<unknown>(yield* register(`${status}@shop.example`), existed(mailability as "pending"))
        }
      }).pipe(Effect.provide(layer))
      assert.isTrue(peer.received.every(({ method }) => method === "POST" || method === "GET"))
      assert.strictEqual(peer.received.length, 10)
    })
  )

  it.live("existed too where it may not be subscribed for compliance", () =>
    Effect.gen(function* () {
      const { layer, peer } = yield* atPeer()
      peer.add("nora@shop.example", "suppressed")
      assert.deepStrictEqual(
        yield* register("nora@shop.example", { consent }).pipe(Effect.provide(layer)),
        existed("suppressed")
      )
      const forgetful = yield* httpPeer(({ method }, response) =>
        method === "POST"
          ? json(response, 400, problem("Member In Compliance State", "…"))
          : json(response, 404, problem("Resource Not Found"))
      )
      assert.deepStrictEqual(
        yield* register("nora@shop.example").pipe(Effect.provide(connected(mailchimp, forgetful.url))),
        existed("suppressed")
      )
    })
  )

  it.live("existed whatever becomes of what follows", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logs = Logger.layer([Logger.make(({ message }) => void logged.push(JSON.stringify(message)))])
      const endings: ReadonlyArray<(response: Parameters<typeof json>[0]) => void> = [
        (response) => json(response, 500, problem("InternalServerError")),
        (response) => json(response, 500, { status: "subscribed" }),
        (response) => json(response, 200, "garbage"),
        (response) => response.destroy(),
        () => undefined
      ]
      for (const end of endings) {
        logged.length = 0
        const peer = yield* httpPeer(({ path }, response) =>
          path.includes("skip_merge_validation") && path.includes("members?")
            ? json(response, 400, problem("Member Exists"))
            : end(response)
        )
        const start = performance.now()
        assert.deepStrictEqual(
          yield* register("nora@shop.example", { tags: ["wheel"] }).pipe(
            Effect.provide(Layer.merge(connected(mailchimp, peer.url), logs))
          ),
          existed("unknown")
        )
        assert.isBelow(performance.now() - start, 9_000, "before ESP_CALL_TIMEOUT would have ended it")
        assert.match(logged.join(), /existing contact/)
        assert.notInclude(logged.join(), "nora@")
      }
    })
  )

  it.live("is said to be left as it is only where it is", () =>
    Effect.gen(function* () {
      for (const [member, tagged, isSaid] of [
        [200, 204, false],
        [200, 403, true],
        [500, 204, true]
      ] as const) {
        const { layer, logs } = observed()
        const peer = yield* httpPeer(({ method, path }, response) => {
          if (method === "GET") return json(response, member, { status: "pending" })
          if (!path.endsWith("/tags")) return json(response, 400, problem("Member Exists"))
          response.writeHead(tagged).end(tagged === 204 ? undefined : JSON.stringify(problem("Forbidden")))
        })
        assert.deepStrictEqual(
          yield* register("nora@shop.example", { tags: ["wheel"] }).pipe(
            Effect.provide(Layer.merge(connected(mailchimp, peer.url), layer))
          ),
          existed(member === 200 ? "pending" : "unknown")
        )
        assert.strictEqual(logs.join().includes("could not be brought up to date"), isSaid, `${member} ${tagged}`)
      }
    })
  )

  it.live("keeps what was learnt of it when a later call fails", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer(({ method, path }, response) => {
        if (method === "GET") return json(response, 200, { status: "subscribed" })
        return path.endsWith("/tags") ? response.destroy() : json(response, 400, problem("Member Exists"))
      })
      assert.deepStrictEqual(
        yield* register("nora@shop.example", { tags: ["wheel"] }).pipe(Effect.provide(connected(mailchimp, peer.url))),
        existed("subscribed")
      )
    })
  )
})
