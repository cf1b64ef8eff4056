import { assert } from "@effect/vitest"
import { Cause, ConfigProvider, type Duration, Effect, Exit, Layer, Option, Result } from "effect"
import { createHash } from "node:crypto"
import { Connections } from "../../../../src/esp/Connections.ts"
import { checkAll } from "../../../../src/esp/EspChecks.ts"
import type { EspClient, EspContact, EspError, Finding, Registration } from "../../../../src/esp/EspClient.ts"
import { type ContactPlay, nothingAdded, toEspContact } from "../../../../src/esp/EspContact.ts"
import * as EspConnected from "../../../../src/esp/EspConnected.ts"
import { EspGovernor } from "../../../../src/esp/governor/EspGovernor.ts"
import { EspGuard } from "../../../../src/esp/EspGuard.ts"
import { EspHttpClients } from "../../../../src/esp/providers/EspHttpClient.ts"
import { EspSandboxRepo } from "../../../../src/esp/sandbox/EspSandboxRepo.ts"
import { type EmailKey, normalise } from "../../../../src/players/Email.ts"
import { layerWith } from "../../Settings.ts"
import { type FaultProxy, faultProxy } from "../FaultProxy.ts"
import { observed } from "../Observed.ts"
import type { ProviderPeer } from "../ProviderPeer.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"

/** The options of an attempt: by default without consent, with the connection's list, and with no earlier attempt. */
export interface How {
  readonly consent?: boolean
  readonly list?: string
  readonly unresolved?: boolean
}

export type End = Result.Result<Registration, EspError>

/** A provider's stand-in with the service's own connection to it, and the operations of the tests. */
export interface Bench {
  readonly peer: ProviderPeer
  /** A relay between the service and the peer. By default it passes everything on. */
  readonly proxy: FaultProxy
  /** One attempt through the guard, as a play or the background makes it. */
  readonly attempt: (email: string, how?: How) => Effect.Effect<End, never, EspGuard>
  /** One attempt that must succeed. */
  readonly register: (email: string, how?: How) => Effect.Effect<Registration, never, EspGuard>
  /** One attempt that must fail. */
  readonly failure: (email: string, how?: How) => Effect.Effect<EspError, never, EspGuard>
  /**
   * Attempts until the provider has given a final answer. As in the background, each knows what the previous one may have
   * left open.
   */
  readonly persist: (email: string, how?: How) => Effect.Effect<Registration["verdict"] | "rejected", never, EspGuard>
  /** The findings of the connection check. */
  readonly check: Effect.Effect<ReadonlyArray<Finding>, never, EspClient>
  /** For how long each call blocked the provider's account for all replicas. */
  readonly closed: ReadonlyArray<Duration.Duration>
}

export interface Change {
  readonly settings?: { readonly [field: string]: unknown }
  readonly env?: { readonly [variable: string]: string }
  /** Whether the adapter's limits apply. By default there is always a slot, and requested waits are ignored. */
  readonly governed?: boolean
}

const consent: NonNullable<EspContact["consent"]> = {
  textVersion: "2026-10",
  language: "en",
  at: new Date("2026-11-20T10:00:00Z")
}

const playOf = (email: string, emailKey: EmailKey): ContactPlay => ({
  esp: "shop",
  email,
  emailKey,
  name: "Nora",
  game: "wheel",
  plays: 1,
  score: null,
  playedAt: new Date("2026-11-20T10:00:00Z"),
  consent: null,
  data: null,
  list: null,
  tags: []
})

/** A governor that always has a slot. Requested waits are only recorded in `closed`. */
export const ungoverned = (closed: Array<Duration.Duration> = []) =>
  Layer.succeed(EspGovernor, {
    take: () => Effect.succeed({ _tag: "Slot", release: Effect.void }),
    close: (_, wait) => Effect.sync(() => void closed.push(wait))
  })

/** `EspClient` with connections to this provider. Settings, secrets, registry, adapter and HTTP are those of the service. */
export const connected = (
  subject: ProviderSubject,
  connections: { readonly [name: string]: { readonly [field: string]: unknown } },
  env: { readonly [variable: string]: string } = subject.env
) => {
  const all = { ...env, ESP_CONNECTIONS: JSON.stringify(connections) }
  return EspConnected.layerNoDeps.pipe(
    Layer.provide(Connections.layerOf({ [subject.name]: subject.provider })),
    Layer.provide([EspHttpClients.layer, Layer.mock(EspSandboxRepo, {})]),
    Layer.provide(layerWith(all)),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: all })))
  )
}

const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex")

/** The forms in which a secret or an address could leak, in lower case. */
const shapesOf = (text: string): ReadonlyArray<string> =>
  [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), Buffer.from(text).toString("base64")].map(
    (shape) => shape.toLowerCase()
  )

const addressShapes = (email: string): ReadonlyArray<string> => {
  const key = email.toLowerCase()
  return [...shapesOf(email), ...shapesOf(key), hash("md5", key), hash("sha256", key)]
}

/**
 * Runs a test on its own provider. In addition to the test's own assertions, no secret and no address may appear in logs,
 * spans and errors.
 */
export const onBench = <E>(
  subject: ProviderSubject,
  test: (bench: Bench) => Effect.Effect<void, E, EspGuard | EspClient>,
  { env = subject.env, governed = false, settings = {} }: Change = {}
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const peer = yield* subject.peer
      const proxy = yield* faultProxy(peer.url)
      const seen = observed()
      const errors: Array<string> = []
      const addresses = new Set<string>()
      const closed: Array<Duration.Duration> = []

      const attempt = Effect.fnUntraced(function* (email: string, how: How = {}) {
        addresses.add(email)
        // Fairground itself also refuses some addresses that a provider permanently refuses.
        const emailKey = Option.getOrElse(normalise(email), () => email.toLowerCase() as EmailKey)
        const contact = toEspContact(nothingAdded, {
          ...playOf(email, emailKey),
          list: how.list ?? null,
          consent: how.consent === true ? consent : null
        })
        addresses.add(contact.email)
        const guard = yield* EspGuard
        const exit = yield* Effect.exit(guard.attempt(contact, { unresolved: how.unresolved ?? false }))
        if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
        const error = Option.getOrThrow(Cause.findErrorOption(exit.cause))
        errors.push(JSON.stringify(error), String(error), Cause.pretty(exit.cause))
        return Result.fail(error)
      })

      const bench: Bench = {
        peer,
        proxy,
        closed,
        attempt,
        register: (email, how) =>
          Effect.map(attempt(email, how), (end) => {
            assert.isTrue(Result.isSuccess(end), `it failed: ${JSON.stringify(end)}`)
            return Result.getOrThrow(end)
          }),
        failure: (email, how) =>
          Effect.map(attempt(email, how), (end) => {
            assert.isTrue(Result.isFailure(end), `it succeeded: ${JSON.stringify(end)}`)
            return Result.getOrThrow(Result.flip(end))
          }),
        persist: Effect.fnUntraced(function* (email: string, how: How = {}) {
          let unresolved = how.unresolved ?? false
          for (let made = 0; made < 6; made++) {
            const end = yield* attempt(email, { ...how, unresolved })
            if (Result.isSuccess(end)) return end.success.verdict
            if (end.failure._tag === "EspRejected") return "rejected"
            unresolved = end.failure.mayHaveActed
          }
          return assert.fail("no verdict after six attempts")
        }),
        check: Effect.map(checkAll, (all) => {
          const findings = all.find(({ name }) => name === "shop")?.findings ?? []
          errors.push(JSON.stringify(findings))
          return findings
        })
      }

      const shop = { ...subject.settings(proxy.url), ...settings }
      const governor = governed ? EspGovernor.layerMemory : ungoverned(closed)
      yield* Effect.provide(
        test(bench),
        EspGuard.layer.pipe(
          Layer.provideMerge(connected(subject, { shop }, env)),
          Layer.provide(governor),
          Layer.provide(layerWith({ ESP_RETRIES: "0" })),
          Layer.provideMerge(seen.layer)
        )
      )

      assert.isNotEmpty(seen.spans, "nothing was seen")
      assert.deepStrictEqual(peer.mistakes, [], "the stand-in's own mistakes")
      const text = (seen.text() + errors.join("\n")).toLowerCase()
      for (const secret of subject.secrets) {
        for (const shape of shapesOf(secret)) assert.notInclude(text, shape, "a secret is given away")
      }
      for (const address of addresses) {
        for (const shape of addressShapes(address)) assert.notInclude(text, shape, "an address is given away")
      }
    })
  )

let addresses = 0

/** A unique address that begins with `local`. */
export const addressOf = (local = "nora"): string => `${local}.${addresses++}x@shop.example`

/** The failure in words, for comparison: `EspUnavailable timeout, may have acted`. */
export const wordsOf = (error: EspError): string => {
  const acted = error._tag !== "EspRejected" && error.mayHaveActed ? ", may have acted" : ""
  return `${error._tag} ${error.reason}${acted}`
}
