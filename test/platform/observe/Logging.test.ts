import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Logging from "../../../src/platform/observe/Logging.ts"
import { layerWith } from "../../support/Settings.ts"

it.effect("a LOG_FILE that cannot be written is named, with why and what is allowed", () =>
  Effect.gen(function* () {
    const messageOf = (file: string) =>
      Effect.void.pipe(
        Effect.provide(Logging.layer.pipe(Layer.provide(layerWith({ LOG_FILE: file })))),
        Effect.flip,
        Effect.map(({ message }) => message)
      )
    const cases = [
      [`${import.meta.filename}/log`, "a part of the path is a file, not a directory"],
      [`${import.meta.dirname}/nowhere/log`, "the directory does not exist"],
      [import.meta.dirname, "a directory of that name is in the way"]
    ] as const
    for (const [file, why] of cases) {
      const message = yield* messageOf(file)
      assert.include(message, `LOG_FILE is ${JSON.stringify(file)}, which cannot be written: ${why}. It must be `)
    }
  })
)
