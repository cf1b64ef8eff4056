import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { EspClient, type EspContact } from "../../../src/esp/EspClient.ts"
import { EspGovernor } from "../../../src/esp/governor/EspGovernor.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import { layerWith } from "../../support/Settings.ts"
import { brevo } from "../../support/esp/brevo/BrevoSubject.ts"
import { consent } from "../../support/esp/brevo/BrevoShop.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"
import { httpPeer, json } from "../../support/esp/HttpPeer.ts"
import { klaviyo } from "../../support/esp/klaviyo/KlaviyoSubject.ts"
import { listmonk } from "../../support/esp/listmonk/ListmonkSubject.ts"
import { mailchimp } from "../../support/esp/mailchimp/MailchimpSubject.ts"
import { opened } from "../../support/esp/OpenedConnection.ts"
import type { ProviderSubject } from "../../support/esp/ProviderSubject.ts"
import { unisender } from "../../support/esp/unisender/UnisenderSubject.ts"

/** Whether the circuit is open after twelve attempts at contacts like this one, and the reason of the last failure. */
const circuitAfter = (subject: ProviderSubject, url: string, contact: Partial<EspContact>) =>
  Effect.gen(function* () {
    const { connection } = yield* opened(subject, subject.settings(url))
    const free = Layer.succeed(EspGovernor, {
      take: () => Effect.succeed({ _tag: "Slot" as const, release: Effect.void }),
      close: () => Effect.void
    })
    return yield* Effect.gen(function* () {
      const guard = yield* EspGuard
      let reason = ""
      for (let made = 0; made < 12; made++) {
        const shop = contactOf(`nora${made}@shop.example`, { esp: "shop", ...contact })
        reason = (yield* Effect.flip(guard.attempt(shop, { unresolved: false }))).reason
      }
      return { isOpen: yield* guard.isOpen("shop"), reason }
    }).pipe(
      Effect.provide(
        EspGuard.layer.pipe(
          Layer.provide(Layer.succeed(EspClient, EspClient.dispatch(new Map([["shop", connection]])))),
          Layer.provide(free),
          Layer.provide(Layer.orDie(layerWith({ ESP_RETRIES: "0" })))
        )
      )
    )
  })

/** A provider that answers every request with this. */
const saying = (status: number, body: unknown) => httpPeer((_, response) => json(response, status, body))

describe("the circuit of a connection", () => {
  const throttled = {
    title: "Invalid Resource",
    status: 400,
    detail: "x has signed up to a lot of lists very recently; we're not allowing more signups for now."
  }
  it.live.each([
    [brevo, 400, { code: "invalid_parameter" }, "status-400"],
    [brevo, 400, { code: "not_acceptable" }, "status-400"],
    [klaviyo, 400, { errors: [{ code: "strange", source: { pointer: "/data" } }] }, "status-400"],
    [mailchimp, 400, { title: "Invalid Resource", status: 400, detail: "something new" }, "status-400"],
    [mailchimp, 400, throttled, "too-many-signups"],
    [mailchimp, 400, { title: "Forgotten Email Not Subscribed", status: 400 }, "forgotten"],
    [listmonk, 400, { message: "Некорректно" }, "status-400"]
  ] as const)("is nothing that a stranger's addresses open: %#", ([subject, status, body, expected]) =>
    Effect.gen(function* () {
      const { url } = yield* saying(status, body)
      assert.deepStrictEqual(yield* circuitAfter(subject, url, {}), { isOpen: false, reason: expected })
    })
  )

  it.live("is nothing that an address opens which Brevo looks up and does not take", () =>
    Effect.gen(function* () {
      const { url } = yield* httpPeer(({ method }, response) =>
        json(response, method === "GET" ? 404 : 400, { code: "invalid_parameter" })
      )
      for (const own of [null, consent]) {
        const { isOpen, reason } = yield* circuitAfter(brevo, url, { consent: own })
        assert.isFalse(isOpen)
        assert.match(reason, own === null ? /an address that it looks up/ : /the list 7/)
      }
    })
  )

  it.live.each([brevo, klaviyo, mailchimp, listmonk, unisender])(
    "is nothing that one game's wrong list opens: $name",
    (subject) =>
      Effect.gen(function* () {
        const peer = yield* subject.peer
        const list = subject === listmonk ? "no number" : "99999999"
        const { isOpen, reason } = yield* circuitAfter(subject, peer.url, { consent, language: "en", list })
        assert.isFalse(isOpen)
        assert.match(reason, /list|audience/)
      })
  )

  it.live("opens where the connection's own list is wrong, or its key", () =>
    Effect.gen(function* () {
      const peer = yield* klaviyo.peer
      const settings = (url: string) => ({ ...klaviyo.settings(url), list: "99999999" })
      assert.isTrue((yield* circuitAfter({ ...klaviyo, settings }, peer.url, { consent })).isOpen)
      const { url } = yield* saying(401, { code: "unauthorized" })
      assert.isTrue((yield* circuitAfter(brevo, url, { list: "8" })).isOpen)
    })
  )
})
