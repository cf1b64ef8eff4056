import assert from "node:assert/strict"
import { Api, TaskPriority, TaskStatus, Verdict } from "./generated/swagger-typescript-api.js"
import type { HttpResponse, Play, RecordPlay, TaskCallbackContent } from "./generated/swagger-typescript-api.js"

export const use = async (baseUrl: string, key: string): Promise<void> => {
  const { api } = new Api({ baseUrl })
  const play: RecordPlay = { email: "swagger-typescript-api@shop.example", data: { prize: "tea" } }
  const prize: unknown = play.data?.["prize"]
  assert.equal(prize, "tea")

  const record = (slug: string, key: string, body: RecordPlay) =>
    api.playsRecord(slug, body, { headers: { "Idempotency-Key": key } })
  const first = await record("wheel", "swagger-typescript-api", play)
  assert.equal(first.data.plays, 1)
  assert.equal(first.data.contact, Verdict.Created)
  assert.equal((await record("wheel", "swagger-typescript-api", play)).data.id, first.data.id)

  type Failure = typeof first.error
  const refused = async (answer: Promise<HttpResponse<Play, Failure>>): Promise<Failure> => {
    try {
      await answer
    } catch (failure) {
      return (failure as HttpResponse<Play, Failure>).error
    }
    throw new Error("The play is not refused")
  }
  const other = await refused(record("wheel", "swagger-typescript-api", { ...play, data: { prize: "coffee" } }))
  assert.equal(other.type, "/problems/idempotency-key-reused")
  const nowhere = await refused(record("nowhere", "swagger-typescript-api", play))
  assert.equal(nowhere.type, "/problems/game-not-found")
  const wrong = await refused(record("wheel", "wrong", { email: "nobody" }))
  if (wrong.type !== "/problems/validation-failed") throw new Error("The address is not refused")
  assert.deepEqual(wrong.errors[0]?.path, ["payload", "email"])

  const submitted = await api.tasksSubmit(
    {
      kind: "truth-or-dare",
      input: { type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora"] },
      priority: TaskPriority.High
    },
    { headers: { "Idempotency-Key": "swagger-typescript-api" } }
  )
  const task = await api.tasksGet(submitted.data.id, { wait: 25 })
  assert.equal(task.data.status, TaskStatus.Succeeded)
  assert.equal(task.data.content?.player, "Nora")

  // What only staff and their programs may do.
  await assert.rejects(api.tasksList(), { status: 401 })
  const program = new Api({ baseUrl, baseApiParams: { headers: { Authorization: `Bearer ${key}` } } })
  const listed = await program.api.tasksList({ limit: 100 })
  assert.ok(listed.data.items.some(({ id }) => id === submitted.data.id))
}

/** What an integration calls back with is open as well. */
const callback: TaskCallbackContent = { content: { text: "Sing.", verses: [1, 2] } }
export const text: unknown = callback.content["text"]
