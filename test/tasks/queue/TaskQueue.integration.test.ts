import { Effect, Layer, Redacted } from "effect"
import { PersistedQueue } from "effect/persistence"
import * as Sql from "../../../src/platform/postgres/Sql.ts"
import { layerWith } from "../../support/Settings.ts"
import { TaskKinds } from "../../../src/tasks/TaskKinds.ts"
import { TaskQueue } from "../../../src/tasks/queue/TaskQueue.ts"
import { TaskSignals } from "../../../src/tasks/watch/TaskSignals.ts"
import * as Engine from "../../support/tasks/Engine.ts"
import { queueNames, queueSuite } from "../../support/tasks/QueueSuite.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

queueSuite("on PostgreSQL", {
  layer: Layer.unwrap(
    Effect.map(TestDatabase.makeUrl, (url) =>
      PersistedQueue.layer.pipe(
        Layer.provide(TaskQueue.layer),
        Layer.provide(TaskSignals.layer),
        Layer.provide(TaskKinds.layerOf(queueNames.map((name) => Engine.kindOf(name)))),
        Layer.provide(Sql.layer),
        Layer.provide(layerWith({ DATABASE_URL: Redacted.value(url) }))
      )
    )
  ),
  advance: (millis) => Effect.sleep(millis),
  testServices: false
})
