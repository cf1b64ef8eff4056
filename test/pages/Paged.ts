import { Effect, Layer, type Redacted } from "effect"
import { Audit } from "../../src/audit/Audit.ts"
import type { Slug } from "../../src/games/Game.ts"
import { type SentPage, pageOf } from "../../src/pages/GamePage.ts"
import { KnownPages } from "../../src/pages/KnownPages.ts"
import { PageCache } from "../../src/pages/PageCache.ts"
import { part } from "../../src/pages/PagePart.ts"
import { Pages } from "../../src/pages/Pages.ts"
import { Views } from "../../src/pages/Views.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import { makeMemory, PlayMemory, PlayParts } from "../../src/plays/PlayPart.ts"
import { settingsOf } from "../support/AllSettings.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { replica, Time } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

export const keys = [7, 8].map((byte) => new Uint8Array(32).fill(byte))

const services = Layer.mergeAll(PageCache.layer, KnownPages.layer, Views.layer).pipe(Layer.provideMerge(Pages.layer))

/** One process of the service with the module on, without HTTP and background work. `ring`: its keys for secrets. */
export const paged = (
  url: Redacted.Redacted<string>,
  ring: ReadonlyArray<Uint8Array> = keys.slice(0, 1),
  env: Record<string, string> = {}
) =>
  services.pipe(
    Layer.provide(Audit.layer),
    Layer.provideMerge(replica(url, env)),
    Layer.provide(Secrets.layerOf(ring)),
    Layer.provide(settingsOf(env)),
    Layer.provideMerge(Layer.sync(PlayMemory, makeMemory)),
    Layer.provideMerge(Layer.succeed(PlayParts, [part])),
    Layer.fresh
  )

/** Such a process with a database and an in-memory ESP of its own, at a time that the test sets. */
export const layer = (env: Record<string, string> = {}) =>
  Layer.unwrap(Effect.map(TestDatabase.makeUrl, (url) => paged(url, undefined, env))).pipe(
    Layer.provideMerge(EspMemory.layer),
    Layer.provideMerge(Time.layer)
  )

/** Sets the page of a game up, and has this process know of it. */
export const setUp = Effect.fnUntraced(function* (slug: Slug, sent: SentPage) {
  const pages = yield* Pages
  const stored = yield* pages.change(slug, pageOf(sent), null)
  yield* (yield* KnownPages).refresh
  return stored
})

export const segment = (id: string, weight: number, isWin = false) => ({
  id,
  weight,
  isWin,
  title: { en: `An ${id}`, de: `Ein ${id}` }
})
