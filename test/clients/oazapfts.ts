import assert from "node:assert/strict"
import { defaults, playsRecord, tasksGet, tasksList, tasksSubmit } from "./generated/oazapfts.js"
import type { RecordPlay, TaskCallbackContent } from "./generated/oazapfts.js"

export const use = async (baseUrl: string, key: string): Promise<void> => {
  defaults.baseUrl = baseUrl
  const play: RecordPlay = { email: "oazapfts@shop.example", data: { prize: "tea" } }
  const prize: unknown = play.data?.["prize"]
  assert.equal(prize, "tea")

  const record = (slug: string, idempotencyKey: string, body: RecordPlay) => playsRecord(slug, body, { idempotencyKey })
  const first = await record("wheel", "oazapfts", play)
  if (first.status !== 201) throw new Error(first.data.title)
  assert.equal(first.data.plays, 1)
  assert.equal(first.data.contact, "created")
  const again = await record("wheel", "oazapfts", play)
  assert.deepEqual(again.data, first.data)

  const other = await record("wheel", "oazapfts", { ...play, data: { prize: "coffee" } })
  if (other.status !== 422) throw new Error("The key is not refused")
  assert.equal(other.data.type, "/problems/idempotency-key-reused")
  const nowhere = await record("nowhere", "oazapfts", play)
  if (nowhere.status !== 404) throw new Error("The game is not refused")
  assert.equal(nowhere.data.type, "/problems/game-not-found")
  const wrong = await record("wheel", "wrong", { email: "nobody" })
  if (wrong.status !== 400) throw new Error("The address is not refused")
  if (wrong.data.type !== "/problems/validation-failed") throw new Error(wrong.data.title)
  assert.deepEqual(wrong.data.errors[0]?.path, ["payload", "email"])

  const submitted = await tasksSubmit(
    {
      kind: "truth-or-dare",
      input: { type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora"] },
      priority: "high"
    },
    { idempotencyKey: "oazapfts" }
  )
  if (submitted.status !== 202) throw new Error(submitted.data.title)
  const task = await tasksGet(submitted.data.id, { wait: 25 })
  if (task.status !== 200) throw new Error(task.data.title)
  assert.equal(task.data.status, "succeeded")
  assert.equal(task.data.content?.player, "Nora")

  // What only staff and their programs may do.
  const stranger = await tasksList()
  if (stranger.status !== 401) throw new Error("A stranger is not refused")
  assert.equal(stranger.data.type, "/problems/not-signed-in")
  const listed = await tasksList({ status: "succeeded", limit: 100 }, { headers: { Authorization: `Bearer ${key}` } })
  if (listed.status !== 200) throw new Error(listed.data.title)
  assert.ok(listed.data.items.some(({ id }) => id === submitted.data.id))
}

/** What an integration calls back with is open as well. */
const callback: TaskCallbackContent = { content: { text: "Sing.", verses: [1, 2] } }
export const text: unknown = callback.content["text"]
