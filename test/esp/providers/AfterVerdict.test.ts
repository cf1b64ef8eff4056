import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import type { ServerResponse } from "node:http"
import { afterVerdict, CallEnd } from "../../../src/esp/CallEnd.ts"
import { monotonicMillis } from "../../../src/platform/Monotonic.ts"
import { EspClient, type EspError } from "../../../src/esp/EspClient.ts"
import { EspGovernor } from "../../../src/esp/governor/EspGovernor.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { layerWith } from "../../support/Settings.ts"
import { consent, doubleOptIn } from "../../support/esp/brevo/BrevoShop.ts"
import { brevo } from "../../support/esp/brevo/BrevoSubject.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"
import { httpPeer } from "../../support/esp/HttpPeer.ts"
import { klaviyo } from "../../support/esp/klaviyo/KlaviyoSubject.ts"
import { listmonk } from "../../support/esp/listmonk/ListmonkSubject.ts"
import { mailchimp } from "../../support/esp/mailchimp/MailchimpSubject.ts"
import { opened } from "../../support/esp/OpenedConnection.ts"
import type { ProviderSubject } from "../../support/esp/ProviderSubject.ts"
import { untilTrue } from "../../support/service/Service.ts"
import { unisender } from "../../support/esp/unisender/UnisenderSubject.ts"

type Answer = readonly [status: number, body?: unknown]

const marketing = { can_receive_email_marketing: true, consent: "NEVER_SUBSCRIBED", suppression: [] }
const profile = { data: { type: "profile", id: "01H", attributes: { subscriptions: { email: { marketing } } } } }
const fresh = { emailBlacklisted: false, listIds: [] }
const inNoList = { result: { email: { status: "new" }, lists: [] } }
const imported = (was: string) => ({ result: { inserted: 0, updated: 0, [was]: 1 } })
const audience = { name: "News", double_optin: false }

const invalidParameter: Answer = [400, { code: "invalid_parameter" }]
const invalidEmail: Answer = [400, { message: "Invalid email." }]

/** The answers before the request that hangs. That request comes after the verdict, or changes nothing. */
const cases: ReadonlyArray<readonly [string, ProviderSubject, object, ReadonlyArray<Answer>, "created" | "existed"]> = [
  ["Brevo's look", brevo, { doubleOptIn }, [[204]], "existed"],
  ["Brevo's mail to a contact that was there", brevo, { doubleOptIn }, [[204], [200, fresh]], "existed"],
  ["Brevo's mail to a new contact", brevo, { doubleOptIn }, [[201, { id: 5120 }]], "created"],
  ["Brevo's look after a refusal", brevo, {}, [invalidParameter], "existed"],
  ["Brevo's look at another address", brevo, {}, [invalidParameter, invalidParameter], "existed"],
  ["Klaviyo's subscription of a profile that was there", klaviyo, {}, [[200, profile]], "existed"],
  ["Klaviyo's subscription of a new profile", klaviyo, {}, [[201, profile]], "created"],
  ["UniSender's look", unisender, {}, [[200, imported("updated")]], "existed"],
  [
    "UniSender's letter to a contact",
    unisender,
    {},
    [
      [200, imported("updated")],
      [200, inNoList]
    ],
    "existed"
  ],
  ["UniSender's letter to a new contact", unisender, {}, [[200, imported("inserted")]], "created"],
  ["Mailchimp's question for the audience", mailchimp, {}, [], "existed"],
  [
    "Mailchimp's follow-up",
    mailchimp,
    {},
    [
      [200, audience],
      [400, { title: "Member Exists", status: 400 }]
    ],
    "existed"
  ],
  ["listmonk's answer to what is no contact", listmonk, {}, [invalidEmail, invalidEmail], "existed"],
  ["listmonk's follow-up", listmonk, {}, [[409, { message: "E-mail already exists." }]], "existed"]
]

/** One attempt, and its duration, at a provider that gives these answers, the last one after `slow`, and then hangs. */
const attempted = (
  [, subject, change, answers]: (typeof cases)[number],
  { env, slow }: { readonly env: Record<string, string>; readonly slow: number }
) =>
  Effect.gen(function* () {
    const waiting: Array<ServerResponse> = []
    let met = 0
    const peer = yield* httpPeer((_, response) => {
      met++
      waiting.push(response)
    })
    const { connection } = yield* opened(subject, { ...subject.settings(peer.url), ...change })
    const always = Layer.succeed(EspGovernor, {
      take: () => Effect.succeed({ _tag: "Slot", release: Effect.void }),
      close: () => Effect.void
    })
    const guard = EspGuard.layer.pipe(
      Layer.provide(Layer.succeed(EspClient, EspClient.dispatch(new Map([["shop", connection]])))),
      Layer.provide(always),
      Layer.provide(Layer.orDie(layerWith({ ESP_RETRIES: "0", ...env })))
    )
    const contact = contactOf("nora@shop.example", { esp: "shop", consent, language: "en", tags: ["games"] })
    const fiber = yield* Effect.flatMap(EspGuard, ({ attempt }) => attempt(contact, { unresolved: false })).pipe(
      Effect.provide(guard),
      Effect.result,
      Effect.forkChild({ startImmediately: true })
    )
    for (const [at, [status, body]] of answers.entries()) {
      yield* TestClock.withLive(untilTrue("the call", () => met > at))
      if (at === answers.length - 1) yield* TestClock.adjust(slow)
      const response = waiting.shift()
      response?.writeHead(status, { "content-type": "application/json" })
      response?.end(body === undefined ? undefined : JSON.stringify(body))
    }
    const isOver = () => fiber.pollUnsafe() !== undefined
    yield* TestClock.withLive(untilTrue("the call that hangs", () => met > answers.length || isOver()))
    let took = 0
    while (!isOver() && took < 20_000) {
      yield* TestClock.adjust(50)
      took += 50
    }
    return { end: yield* Fiber.join(fiber), took, met }
  })

const verdictOf = (end: Result.Result<{ readonly verdict: string }, EspError>): string =>
  Result.match(end, {
    onSuccess: ({ verdict }) => verdict,
    // The verdict of the next attempt if the provider answers it "existed".
    onFailure: (error) => (error._tag !== "EspRejected" && error.mayHaveActed ? "created" : "existed")
  })

describe("a call that hangs after the verdict", () => {
  for (const known of cases) {
    it.effect(`has three seconds: ${known[0]}`, () =>
      Effect.gen(function* () {
        const { end, met, took } = yield* attempted(known, { env: {}, slow: 0 })
        assert.strictEqual(met, known[3].length + 1)
        assert.isAtMost(took, 3000)
        assert.strictEqual(verdictOf(end), known[4])
      })
    )

    it.effect(`costs no verdict, though the provider was slow before: ${known[0]}`, () =>
      Effect.gen(function* () {
        const { end, took } = yield* attempted(known, { env: {}, slow: 8000 })
        assert.isBelow(took, 2000 + (known[3].length === 0 ? 8000 : 0))
        assert.strictEqual(verdictOf(end), known[4])
      })
    )

    it.effect(`costs no verdict, though ESP_CALL_TIMEOUT leaves no room for three seconds: ${known[0]}`, () =>
      Effect.gen(function* () {
        const { end, took } = yield* attempted(known, { env: { ESP_CALL_TIMEOUT: "600 millis" }, slow: 0 })
        assert.isBelow(took, 600)
        assert.strictEqual(verdictOf(end), known[4])
      })
    )
  }
})

describe("a request after the verdict", () => {
  // The last 100 ms of a call are reserved for the adapter.
  it.effect.each([
    { left: 100, most: 0, begun: false },
    { left: 50, most: 0, begun: false },
    { left: 101, most: 1, begun: true },
    { left: 60_000, most: 3000, begun: true }
  ])("has what is left of the call, 3 s at most, and is not made without: $left ms", ({ begun, left, most }) =>
    Effect.gen(function* () {
      let isBegun = false
      const request = Effect.andThen(
        Effect.sync(() => void (isBegun = true)),
        Effect.never
      )
      const fiber = yield* afterVerdict(request).pipe(
        Effect.provideService(CallEnd, (yield* monotonicMillis) + left),
        Effect.flip,
        Effect.forkChild({ startImmediately: true })
      )
      yield* TestClock.adjust(most)
      assert.deepInclude(yield* Fiber.join(fiber), { reason: "timeout", mayHaveActed: begun })
      assert.strictEqual(isBegun, begun)
    })
  )
})
