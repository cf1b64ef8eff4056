import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Audit } from "../../src/audit/Audit.ts"
import { Settings } from "../../src/platform/settings/Settings.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"
import { SampleItems } from "../../src/sample-items/SampleItems.ts"
import { fairground } from "../support/service/CommandLine.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("lists and shows sample items on the command line", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const { id } = yield* Effect.flatMap(SampleItems, (service) =>
      service.add({ name: "Autumn", note: "a note" })
    ).pipe(
      Effect.provide(
        SampleItems.layer.pipe(
          Layer.provide(Audit.layer),
          Layer.provide(TestDatabase.clientLayer(url)),
          Layer.provide(layerOf(Settings))
        )
      )
    )
    const listed = yield* fairground(url, "sample-item", "list")
    assert.deepStrictEqual([listed.code, listed.stdout], [0, `${id}  Autumn  a note\n`])
    const shown = yield* fairground(url, "sample-item", "show", id, "--json")
    assert.deepInclude(JSON.parse(shown.stdout), { id, name: "Autumn", version: 1 })
    const nobody = yield* fairground(url, "sample-item", "show", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53")
    assert.deepStrictEqual([nobody.code, nobody.stdout], [1, ""])
    assert.include(nobody.stderr, "There is no such sample item")
  })
)
