import { Effect, Exit, Scope } from "effect"
import { createInterface } from "node:readline"
import * as Owner from "../../../../src/platform/postgres/embedded/EmbeddedOwner.ts"

// Tries to lock each directory that it reads from its input, keeps the locks, and reports whether it won.
for await (const dataDir of createInterface({ input: process.stdin })) {
  const exit = await Effect.runPromiseExit(Scope.provide(Owner.acquire(dataDir), Scope.makeUnsafe()))
  console.log(JSON.stringify({ won: Exit.isSuccess(exit) }))
}
