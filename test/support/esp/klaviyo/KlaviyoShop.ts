import { Effect } from "effect"
import type { Consent, EspContact } from "../../../../src/esp/EspContact.ts"
import { contactOf } from "../EspContacts.ts"
import { opened } from "../OpenedConnection.ts"
import { klaviyoPeer } from "./KlaviyoPeer.ts"
import { klaviyo } from "./KlaviyoSubject.ts"

export const consent: Consent = { textVersion: "2026-10", language: "en-GB", at: new Date("2026-11-20T10:00:00Z") }

/** The stand-in, and a connection to it with these additional settings. */
export const shop = Effect.fnUntraced(function* (change: object = {}, options?: Parameters<typeof klaviyoPeer>[0]) {
  const peer = yield* klaviyoPeer(options)
  const { closed, connection } = yield* opened(klaviyo, { ...klaviyo.settings(peer.url), ...change })
  const register = (email: string, contact?: Partial<EspContact>) => connection.register(contactOf(email, contact))
  const bodies = () => peer.received.map(({ body }): unknown => JSON.parse(body))
  const calls = () => peer.received.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`)
  return { peer, connection, closed, register, bodies, calls }
})
