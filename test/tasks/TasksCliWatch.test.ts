import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Fiber } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import { watchList } from "../../src/tasks/TasksCli.ts"
import { type Task, TaskId } from "../../src/tasks/Task.ts"

const at = DateTime.makeUnsafe("2026-11-21T10:00:00Z")
const task = (version: number, status: Task["status"]): Task => ({
  id: TaskId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"),
  kind: "probe",
  status,
  priority: "normal",
  input: null,
  content: null,
  errorCode: null,
  errorDetail: null,
  progress: null,
  attempts: 0,
  version,
  runAt: at,
  createdAt: at,
  startedAt: null,
  finishedAt: null
})

/** The output, if the looks find these lists one after the other. */
const printed = Effect.fnUntraced(function* (
  json: boolean,
  redraw: string,
  ...looks: ReadonlyArray<ReadonlyArray<Task>>
) {
  const left = [...looks]
  const fiber = yield* Effect.forkChild(
    watchList(
      Effect.sync(() => left.shift() ?? looks.at(-1)!),
      json,
      redraw
    )
  )
  yield* TestClock.adjust("10 seconds")
  yield* Fiber.interrupt(fiber)
  return (yield* TestConsole.logLines).map(String)
})

const line = /^019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53 {2}probe {13}(queued|running) /

it.effect("on a terminal, a watched list shows what there is now: none where the last one has left it", () =>
  Effect.gen(function* () {
    const screens = yield* printed(false, "> ", [], [task(1, "queued")], [task(1, "queued")], [])
    assert.lengthOf(screens, 3)
    assert.strictEqual(screens[0], "> There are no such tasks.")
    assert.match(screens[1]!.slice(2), line)
    assert.strictEqual(screens[2], "> There are no such tasks.")
  })
)

it.effect("elsewhere it has a line for each change", () =>
  Effect.gen(function* () {
    const lines = yield* printed(false, "", [task(1, "queued")], [task(1, "queued")], [task(2, "running")], [])
    assert.deepStrictEqual(
      lines.map((text) => line.exec(text)?.[1]),
      ["queued", "running"]
    )
  })
)

it.effect("as JSON on a terminal too", () =>
  Effect.gen(function* () {
    const lines = yield* printed(true, "> ", [task(1, "queued")], [task(2, "running")], [])
    assert.deepStrictEqual(
      lines.map((text) => (JSON.parse(text) as { readonly status: string }).status),
      ["queued", "running"]
    )
  })
)
