import { NodeFileSystem } from "@effect/platform-node"
import { Console, Effect, FileSystem, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { OpenApi } from "effect/http-api"
import { apiOf } from "../Http.ts"
import { ModuleSettings, on } from "../ModuleChoice.ts"
import { modules } from "../Modules.ts"
import { Groups, layerOf } from "../platform/settings/SettingsGroup.ts"

/** MODULES alone: the document depends on no other setting. */
const choice = layerOf(ModuleSettings).pipe(Layer.provide(Layer.succeed(Groups, Effect.succeed([]))))

export const openapi = Command.make(
  "openapi",
  {
    out: Flag.String("out").pipe(
      Flag.withDescription("File to write; left out, the document is printed."),
      Flag.optional
    )
  },
  Effect.fnUntraced(
    function* ({ out }) {
      const text = JSON.stringify(OpenApi.fromApi(apiOf(yield* on(modules))), null, 2)
      if (Option.isNone(out)) return yield* Console.log(text)
      const files = yield* FileSystem.FileSystem
      yield* files.writeFileString(out.value, `${text}\n`)
      yield* Console.log(`Wrote ${out.value}.`)
    },
    Effect.provide(Layer.merge(NodeFileSystem.layer, choice))
  )
).pipe(Command.withDescription("Write the OpenAPI 3.1 document of the API."))
