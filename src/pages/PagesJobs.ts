import { Effect, Layer } from "effect"
import { every } from "../platform/Periodic.ts"
import { KnownPages } from "./KnownPages.ts"
import { Views } from "./Views.ts"

/**
 * Reads what has changed of pages, and stores the counts of views. Every process does both for itself, also with WORKERS=0: other
 * replicas know neither what it knows nor what it has counted.
 */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const known = yield* KnownPages
    const views = yield* Views
    yield* every("900 millis", "Looking for changes of pages", known.refresh)
    yield* every("5 seconds", "Storing views of pages", views.store)
  })
)
