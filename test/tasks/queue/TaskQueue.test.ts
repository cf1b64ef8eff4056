import { Layer } from "effect"
import { PersistedQueue } from "effect/persistence"
import { TestClock } from "effect/testing"
import { queueSuite } from "../../support/tasks/QueueSuite.ts"

queueSuite("in memory", {
  layer: PersistedQueue.layer.pipe(Layer.provide(PersistedQueue.layerStoreMemory)),
  advance: (millis) => TestClock.adjust(millis),
  testServices: true
})
