import { Context, Effect, Layer, Semaphore } from "effect"
import type { Slug } from "../games/Game.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { AllowedOrigins } from "../platform/edge/AllowedOrigins.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Secrets } from "../platform/Secrets.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { PlayMemory } from "../plays/PlayPart.ts"
import { type Draw, drawOf, isDrawing } from "./Draws.ts"
import { draws } from "./PagePart.ts"
import { seedContext } from "./Pages.ts"
import * as PagesRepo from "./PagesRepo.ts"

const ofGame = /^\/api\/v1\/games\/([^/]+)(?:\/|$)/

/**
 * What of pages is asked for without waiting: what plays draw, for the statement that records them, and which origins may call, for
 * every answer to a page elsewhere. Each process keeps it, and asks each second whether a page has changed since.
 */
export class KnownPages extends Context.Service<
  KnownPages,
  {
    /** Reads what has changed. Returns whether anything had. */
    readonly refresh: Effect.Effect<boolean, DatabaseUnavailable>
  }
>()("fairground/pages/KnownPages") {
  static readonly layer = Layer.effectContext(
    Effect.gen(function* () {
      const repo = yield* PagesRepo.make
      const secrets = yield* Secrets
      const memory = yield* PlayMemory
      const retry = retryTransient((yield* Settings).databaseDeadline)
      let seen: string | undefined
      let origins: ReadonlyMap<string, ReadonlySet<string>> = new Map()
      let all: ReadonlySet<string> = new Set()

      const draw = ({ gameId, languages, seed, segments, slug }: PagesRepo.Kept) => {
        if (seed === null || !isDrawing({ segments })) return Effect.succeed(undefined)
        return secrets.open(seedContext(gameId), seed).pipe(
          Effect.map((opened) => drawOf(slug, { languages, segments }, opened)),
          // Plays count all the same: recording them exactly once comes first.
          Effect.catch(({ message }) =>
            Effect.as(
              Effect.logError(`Plays of the game ${slug} draw nothing: its seed cannot be read`, message),
              undefined
            )
          )
        )
      }

      const load = Effect.gen(function* () {
        const revision = yield* repo.revision
        if (revision === seen) return false
        const found = yield* repo.kept
        const drawing = new Map<Slug, Draw>()
        for (const page of found) {
          const made = yield* draw(page)
          if (made !== undefined) drawing.set(page.slug, made)
        }
        memory.set(draws, drawing)
        origins = new Map(found.map(({ embedOrigins, slug }) => [slug, new Set(embedOrigins)]))
        all = new Set(found.flatMap(({ embedOrigins }) => embedOrigins))
        // It was read before the pages: what changed in between is read again.
        seen = revision
        return true
      })

      const allows = (origin: string, path: string): boolean => {
        if (all.size === 0) return false
        const slug = ofGame.exec(path)?.[1]
        const list = slug === undefined ? all : origins.get(slug)
        return list !== undefined && (list.has(origin) || list.has("*"))
      }

      // One after the other: a slow one must not put back what a later one has read.
      const refresh = Semaphore.makeUnsafe(1).withPermits(1)(retry(load))
      // Before the first play, so that none misses its draw.
      yield* refresh
      return Context.make(KnownPages, KnownPages.of({ refresh })).pipe(Context.add(AllowedOrigins, allows))
    })
  )
}
