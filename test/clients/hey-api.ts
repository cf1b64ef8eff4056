import assert from "node:assert/strict"
import { client } from "./generated/hey-api/client.gen.js"
import { playsRecord, tasksEvents, tasksGet, tasksList, tasksSubmit } from "./generated/hey-api/sdk.gen.js"
import type { RecordPlay, Task, TaskCallbackContent } from "./generated/hey-api/types.gen.js"

export const use = async (baseUrl: string, key: string): Promise<void> => {
  client.setConfig({ baseUrl })
  const play: RecordPlay = { email: "hey-api@shop.example", data: { prize: "tea" } }
  const prize: unknown = play.data?.["prize"]
  assert.equal(prize, "tea")

  const record = (slug: string, key: string, body: RecordPlay) =>
    playsRecord({ path: { slug }, headers: { "Idempotency-Key": key }, body })
  const first = await record("wheel", "hey-api", play)
  if (first.error !== undefined) throw new Error(first.error.title)
  assert.equal(first.data.plays, 1)
  assert.equal(first.data.contact, "created")
  assert.equal((await record("wheel", "hey-api", play)).data?.id, first.data.id)

  const other = await record("wheel", "hey-api", { ...play, data: { prize: "coffee" } })
  assert.equal(other.error?.type, "/problems/idempotency-key-reused")
  const nowhere = await record("nowhere", "hey-api", play)
  assert.equal(nowhere.error?.type, "/problems/game-not-found")
  const wrong = await record("wheel", "wrong", { email: "nobody" })
  if (wrong.error?.type !== "/problems/validation-failed") throw new Error("The address is not refused")
  assert.deepEqual(wrong.error.errors[0]?.path, ["payload", "email"])

  const submitted = await tasksSubmit({
    headers: { "Idempotency-Key": "hey-api" },
    body: {
      kind: "truth-or-dare",
      input: { type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora"] },
      priority: "high"
    },
    throwOnError: true
  })
  const path = { id: submitted.data.id }
  const task = await tasksGet({ path, query: { wait: 25 }, throwOnError: true })
  assert.equal(task.data.status, "succeeded")
  assert.equal(task.data.content?.player, "Nora")

  const { stream } = await tasksEvents({ path })
  // Of an event, hey-api gives the data as JSON, and the type of the event.
  for await (const event of stream) assert.equal((event as unknown as Task).status, "succeeded")

  // What only staff and their programs may do.
  const stranger = await tasksList()
  assert.equal(stranger.error?.type, "/problems/not-signed-in")
  const query = { status: "succeeded", limit: 100 } as const
  const listed = await tasksList({ auth: key, query, throwOnError: true })
  assert.ok(listed.data.items.some(({ id }) => id === submitted.data.id))
}

/** What an integration calls back with is open as well. */
const callback: TaskCallbackContent = { content: { text: "Sing.", verses: [1, 2] } }
export const text: unknown = callback.content["text"]
