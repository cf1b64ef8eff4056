import { Effect } from "effect"
import type { Consent, EspContact } from "../../../../src/esp/EspContact.ts"
import { contactOf } from "../EspContacts.ts"
import { opened } from "../OpenedConnection.ts"
import { brevoPeer } from "./BrevoPeer.ts"
import { brevo } from "./BrevoSubject.ts"

export const consent: Consent = { textVersion: "2026-10", language: "en", at: new Date("2026-11-20T10:00:00Z") }
export const doubleOptIn = { templateId: 3, redirectionUrl: "https://shop.example/welcome" }

/** The stand-in, and a connection to it with these additional settings. */
export const shop = Effect.fnUntraced(function* (change: object = {}, limits?: Parameters<typeof brevoPeer>[0]) {
  const peer = yield* brevoPeer(limits ?? { perSecond: 1000 })
  const { closed, connection } = yield* opened(brevo, { ...brevo.settings(peer.url), ...change })
  const register = (email: string, contact?: Partial<EspContact>) => connection.register(contactOf(email, contact))
  const bodies = () =>
    peer.received.filter(({ method }) => method === "POST").map(({ body }): unknown => JSON.parse(body))
  const calls = () => peer.received.map(({ method, path }) => `${method} ${path.replace(/^\/v3/, "")}`)
  return { peer, connection, closed, register, bodies, calls }
})
