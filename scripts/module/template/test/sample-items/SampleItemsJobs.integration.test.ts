import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { Audit } from "../../src/audit/Audit.ts"
import { Settings } from "../../src/platform/settings/Settings.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"
import { SampleItems } from "../../src/sample-items/SampleItems.ts"
import * as SampleItemsJobs from "../../src/sample-items/SampleItemsJobs.ts"
import { SampleItemsSettings } from "../../src/sample-items/SampleItemsSettings.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("deletes sample items SAMPLE_ITEM_RETENTION after their last change", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const env = { SAMPLE_ITEM_RETENTION: "30 days" }
    const settings = layerOf(Settings, SampleItemsSettings).pipe(
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
    )
    const services = SampleItems.layer.pipe(
      Layer.provide(Audit.layer),
      Layer.provide(TestDatabase.clientLayer(url)),
      Layer.provideMerge(settings)
    )
    yield* Effect.gen(function* () {
      const service = yield* SampleItems
      const old = yield* service.add({ name: "old" })
      const kept = yield* service.add({ name: "kept" })
      yield* query(url, (sql) => sql`update sample_item set updated_at = '2000-01-01' where id = ${old.id}`)
      yield* Layer.build(SampleItemsJobs.layer)
      yield* Service.until(
        "the old one is gone",
        Effect.map(service.list({}), ({ items }) => (items.length === 1 ? true : undefined))
      )
      assert.deepStrictEqual(yield* service.find(kept.id), kept)
    }).pipe(Effect.provide(services))
  })
)
