import { NodeFileSystem } from "@effect/platform-node"
import { Console, Effect, FileSystem, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { OpenApi } from "effect/http-api"
import { apiOf } from "../Http.ts"
import { onByEnvironment } from "../ModuleChoice.ts"

export const openapi = Command.make(
  "openapi",
  {
    out: Flag.String("out").pipe(
      Flag.withDescription("File to write; left out, the document is printed."),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ out }) {
    const text = JSON.stringify(OpenApi.fromApi(apiOf(yield* onByEnvironment)), null, 2)
    if (Option.isNone(out)) return yield* Console.log(text)
    const files = yield* FileSystem.FileSystem
    yield* files.writeFileString(out.value, `${text}\n`)
    yield* Console.log(`Wrote ${out.value}.`)
  }, Effect.provide(NodeFileSystem.layer))
).pipe(Command.withDescription("Write the OpenAPI 3.1 document of the API."))
