import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { afterEach, vi } from "vitest"
import { type Attempt, keeper, newKey, send, type Surroundings, type Waiting } from "../../../src/web/game/send.ts"

const attempt: Attempt = { key: "6c8e3a52-6a43-4c5e-9d5f-3d2d7c1f9a10", body: '{"email":"nora@shop.example"}' }

const answer =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}) =>
  () =>
    Promise.resolve(new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers }))
const lost = () => Promise.reject(new TypeError("Failed to fetch"))

/** A browser whose time passes by sleeping, and a service that gives these answers, the last one again and again. */
const world = (answers: ReadonlyArray<() => Promise<Response>>, more: Partial<Surroundings> = {}) => {
  const sent: Array<{ key: string | null; body: unknown }> = []
  const slept: Array<number> = []
  const waits: Array<Waiting> = []
  let now = 0
  const around: Surroundings = {
    fetch: (_url, init) => {
      sent.push({ key: new Headers(init?.headers).get("idempotency-key"), body: init?.body })
      return (answers[Math.min(sent.length, answers.length) - 1] ?? lost)()
    },
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds)
      now += milliseconds
    },
    random: () => 0.5,
    isOnline: () => true,
    storage: () => {
      throw new Error("not used")
    },
    ...more
  }
  return {
    sent,
    slept,
    waits,
    run: () => send("http://fair.example/plays", attempt, (each) => waits.push(each), around)
  }
}

afterEach(() => vi.useRealTimers())

describe("sending a play", () => {
  it("503 twice: it is sent thrice, with one key and one body", async () => {
    const { run, sent, waits } = world([answer(503), answer(503), answer(201, { plays: 1 })])
    const outcome = await run()
    assert.deepStrictEqual<unknown>(outcome, { kind: "answered", play: { plays: 1 } })
    assert.deepStrictEqual(sent, [attempt, attempt, attempt])
    assert.strictEqual(waits.length, 2)
  })

  it("Retry-After decides how long it waits, from the header or from the problem", async () => {
    const { run, slept, waits } = world([
      answer(429, {}, { "retry-after": "7" }),
      answer(429, { retryAfterSeconds: 9 }),
      answer(201)
    ])
    await run()
    assert.deepStrictEqual(slept, [7000, 9000])
    assert.deepStrictEqual(waits, [
      { why: "rateLimited", seconds: 7 },
      { why: "rateLimited", seconds: 9 }
    ])
  })

  it("a pause beyond the minute is told at once, instead of waiting for nothing", async () => {
    const { run, sent } = world([answer(429, {}, { "retry-after": "120" })])
    assert.deepStrictEqual(await run(), { kind: "unanswered", waiting: { why: "rateLimited", seconds: 120 } })
    assert.strictEqual(sent.length, 1)
  })

  it("offline: it says so, and goes on with the same key", async () => {
    const { run, sent, waits } = world([lost, lost, answer(201)], { isOnline: () => false })
    assert.strictEqual((await run()).kind, "answered")
    assert.deepStrictEqual(
      waits.map(({ why }) => why),
      ["offline", "offline"]
    )
    assert.strictEqual(new Set(sent.map(({ key }) => key)).size, 1)
  })

  it("after a minute it gives up, and the same attempt again is the same key", async () => {
    const { run, sent, slept } = world([lost])
    assert.deepStrictEqual((await run()).kind, "unanswered")
    const passed = slept.reduce((sum, each) => sum + each, 0)
    assert.isAtMost(passed, 60_000)
    assert.isAbove(passed, 45_000)
    const first = sent.length
    assert.isAbove(first, 5)
    await run()
    assert.isAbove(sent.length, first)
    assert.strictEqual(new Set(sent.map(({ key }) => key)).size, 1)
  })

  it("what the server will not take is not sent again", async () => {
    for (const status of [400, 404, 409, 413, 415, 422]) {
      const { run, sent } = world([answer(status, { type: "/problems/x" })])
      assert.deepStrictEqual(await run(), { kind: "refused", status, problem: { type: "/problems/x" } })
      assert.strictEqual(sent.length, 1)
    }
  })

  it("a page of a proxy instead of a problem, and half an answer, are sent again", async () => {
    const { run, sent } = world([answer(502, "<html>"), answer(201, '{"plays":'), answer(201, { plays: 2 })])
    assert.deepStrictEqual<unknown>(await run(), { kind: "answered", play: { plays: 2 } })
    assert.strictEqual(sent.length, 3)
  })

  it("a try that hangs is ended after 12 seconds", async () => {
    vi.useFakeTimers()
    let tries = 0
    const { run } = world([], {
      fetch: (_url, init) => {
        tries++
        if (tries === 2) return answer(201)()
        return new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted")))
        })
      }
    })
    const outcome = run()
    await vi.advanceTimersByTimeAsync(11_900)
    assert.strictEqual(tries, 1)
    await vi.advanceTimersByTimeAsync(200)
    assert.strictEqual((await outcome).kind, "answered")
  })

  it("pauses are 0.25 to 8 s, and grow", async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 0.999, noNaN: true }), async (random) => {
        const { run, slept } = world([lost], { random: () => random })
        await run()
        for (const [place, pause] of slept.entries()) {
          assert.isAtLeast(pause, 250)
          assert.isAtMost(pause, 8000)
          assert.isAtLeast(pause, slept[place - 1] ?? 0)
        }
      })
    )
  })
})

describe("the play that waits for its answer", () => {
  const memory = () => {
    const held = new Map<string, string>()
    return {
      getItem: (place: string) => held.get(place) ?? null,
      setItem: (place: string, text: string) => void held.set(place, text),
      removeItem: (place: string) => void held.delete(place)
    }
  }

  it("is there after a reload until it is forgotten, by game", () => {
    const held = memory()
    const storage = () => held
    keeper("wheel", { storage }).keep(attempt)
    assert.deepStrictEqual(keeper("wheel", { storage }).kept(), attempt)
    assert.isUndefined(keeper("quiz", { storage }).kept())
    keeper("wheel", { storage }).forget()
    assert.isUndefined(keeper("wheel", { storage }).kept())
  })

  it("storage that throws, as in a frame of another site, is as good as none", () => {
    const kept = keeper("wheel", {
      storage: () => {
        throw new DOMException("The operation is insecure.", "SecurityError")
      }
    })
    kept.keep(attempt)
    assert.isUndefined(kept.kept())
    kept.forget()
  })

  it("rubbish in the storage is nothing", () => {
    for (const text of ["", "{", "null", "[]", '{"key":1}', '{"key":"a","body":"{"}']) {
      const held = memory()
      held.setItem("fairground:wheel", text)
      assert.isUndefined(keeper("wheel", { storage: () => held }).kept(), text)
    }
  })

  it("keys are UUIDs of version 4, each another", () => {
    const keys = Array.from({ length: 100 }, newKey)
    for (const key of keys) assert.match(key, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    assert.strictEqual(new Set(keys).size, 100)
  })
})
