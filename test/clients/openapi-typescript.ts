import assert from "node:assert/strict"
import createClient from "openapi-fetch"
import type { components, paths } from "./generated/openapi-typescript.js"

export const use = async (baseUrl: string, key: string): Promise<void> => {
  const client = createClient<paths>({ baseUrl })
  const play: components["schemas"]["RecordPlay"] = { email: "openapi-typescript@shop.example", data: { prize: "tea" } }
  const prize: unknown = play.data?.["prize"]
  assert.equal(prize, "tea")

  const record = (slug: string, key: string, body: components["schemas"]["RecordPlay"]) =>
    client.POST("/api/v1/games/{slug}/plays", {
      params: { path: { slug }, header: { "Idempotency-Key": key } },
      body
    })
  const first = await record("wheel", "openapi-typescript", play)
  if (first.error !== undefined) throw new Error(first.error.title)
  assert.equal(first.data.plays, 1)
  assert.equal(first.data.contact, "created")
  assert.equal((await record("wheel", "openapi-typescript", play)).data?.id, first.data.id)

  const other = await record("wheel", "openapi-typescript", { ...play, data: { prize: "coffee" } })
  assert.equal(other.error?.type, "/problems/idempotency-key-reused")
  const nowhere = await record("nowhere", "openapi-typescript", play)
  assert.equal(nowhere.error?.type, "/problems/game-not-found")
  const wrong = await record("wheel", "wrong", { email: "nobody" })
  if (wrong.error?.type !== "/problems/validation-failed") throw new Error("The address is not refused")
  assert.deepEqual(wrong.error.errors[0]?.path, ["payload", "email"])

  const submitted = await client.POST("/api/v1/tasks", {
    params: { header: { "Idempotency-Key": "openapi-typescript" } },
    body: {
      kind: "truth-or-dare",
      input: { type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora"] },
      priority: "high"
    }
  })
  if (submitted.error !== undefined) throw new Error(submitted.error.title)
  const task = await client.GET("/api/v1/tasks/{id}", {
    params: { path: { id: submitted.data.id }, query: { wait: 25 } }
  })
  assert.equal(task.data?.status, "succeeded")
  assert.equal(task.data.content?.player, "Nora")

  // What only staff and their programs may do.
  const stranger = await client.GET("/api/v1/tasks")
  assert.equal(stranger.error?.type, "/problems/not-signed-in")
  const program = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } })
  const listed = await program.GET("/api/v1/tasks", { params: { query: { status: "succeeded", limit: 100 } } })
  assert.ok(listed.data?.items.some(({ id }) => id === submitted.data.id))
}

/** What an integration calls back with is open as well. */
const callback: components["schemas"]["TaskCallbackContent"] = { content: { text: "Sing.", verses: [1, 2] } }
export const text: unknown = callback.content["text"]
