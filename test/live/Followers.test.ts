import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Followers from "../../src/live/Followers.ts"
import type { Topic } from "../../src/live/Topic.ts"

const play = (game: string, count = 1) => ({ topic: "plays", game, count, newest: [{ id: `a play of ${game}` }] })

const setUp = () => {
  let now = 0
  let behind = 0
  const followers = Followers.make(
    () => now,
    () => {
      behind++
    }
  )
  let ids = 0
  return {
    followers,
    behind: () => behind,
    pass: (millis: number) => {
      now += millis
    },
    follow: (topics: ReadonlyArray<Topic>, game: string | null = null, endsAt = Infinity) =>
      followers.add({
        accountId: "nora",
        by: { _tag: "ApiKey", id: `key ${++ids}` },
        topics,
        game,
        endsAt
      })
  }
}

/** The events that wait for a follower, as `name data`; none: nothing waits. */
const eventsOf = ({ mailbox }: Followers.Follower) =>
  Effect.map(Effect.raceFirst(mailbox.take, Effect.succeed(undefined)), (bytes) =>
    bytes === undefined
      ? []
      : new TextDecoder()
          .decode(bytes)
          .split("\n\n")
          .filter((text) => text !== "")
          .map((text) => text.replace("event: ", "").replace("\ndata:", ""))
  )

describe("those who follow", () => {
  it.live("hear their topics and their game, each event once and together", () =>
    Effect.gen(function* () {
      const { follow, followers } = setUp()
      const all = follow(["plays", "tasks"])
      const wheel = follow(["plays", "tasks"], "wheel")
      const games = follow(["games"])
      for (const follower of [all, wheel, games]) {
        assert.deepStrictEqual(yield* eventsOf(follower), ['refresh {"reason":"started"}'])
      }
      followers.hear([play("wheel"), play("scratch")], [])
      followers.hear([play("wheel", 2), { topic: "tasks", game: null, count: 1, newest: [] }], [])
      yield* followers.tell
      const ofWheel = 'plays {"game":"wheel","count":3,"newest":[{"id":"a play of wheel"},{"id":"a play of wheel"}]}'
      const ofTasks = 'tasks {"count":1,"newest":[]}'
      assert.sameMembers(yield* eventsOf(all), [
        ofWheel,
        'plays {"game":"scratch","count":1,"newest":[{"id":"a play of scratch"}]}',
        ofTasks
      ])
      assert.sameMembers(yield* eventsOf(wheel), [ofWheel, ofTasks])
      assert.deepStrictEqual(yield* eventsOf(games), [])
    })
  )

  it.live("are told to read again of what was missed, and only they", () =>
    Effect.gen(function* () {
      const { follow, followers } = setUp()
      const plays = follow(["plays"])
      const tasks = follow(["tasks"])
      for (const follower of [plays, tasks]) yield* eventsOf(follower)
      followers.hear([{ topic: "tasks", game: null, count: 1, newest: [] }], ["plays"])
      yield* followers.tell
      assert.deepStrictEqual(yield* eventsOf(plays), ['refresh {"reason":"missed"}'])
      assert.deepStrictEqual(yield* eventsOf(tasks), ['tasks {"count":1,"newest":[]}'])
      followers.hear([], null)
      yield* followers.tell
      for (const follower of [plays, tasks]) {
        assert.deepStrictEqual(yield* eventsOf(follower), ['refresh {"reason":"missed"}'])
      }
      yield* followers.tell
      assert.deepStrictEqual(yield* eventsOf(plays), [])
    })
  )

  it.live("who do not read cost 64 KiB at most, and the others nothing", () =>
    Effect.gen(function* () {
      const { behind, follow, followers } = setUp()
      const slow = follow(["plays"])
      const quick = follow(["plays"])
      yield* eventsOf(quick)
      for (let at = 0; at < 100; at++) {
        followers.hear([{ topic: "plays", game: "wheel", count: 1, newest: ["x".repeat(2000)] }], [])
        yield* followers.tell
        assert.lengthOf(yield* eventsOf(quick), 1)
      }
      assert.strictEqual(behind(), 1)
      assert.deepStrictEqual(yield* eventsOf(slow), ['refresh {"reason":"behind"}'])
      followers.hear([play("wheel")], [])
      yield* followers.tell
      assert.lengthOf(yield* eventsOf(slow), 1)
    })
  )

  it.live("hear a comment in silence, and end when their time is up", () =>
    Effect.gen(function* () {
      const { follow, followers, pass } = setUp()
      const long = follow(["plays"])
      const short = follow(["plays"], null, 20_000)
      for (const follower of [long, short]) yield* eventsOf(follower)
      pass(14_000)
      yield* followers.keepAlive
      assert.deepStrictEqual(yield* eventsOf(long), [])
      pass(1_000)
      yield* followers.keepAlive
      assert.deepStrictEqual(yield* eventsOf(long), [": still here"])
      pass(5_000)
      yield* followers.keepAlive
      assert.deepStrictEqual(yield* eventsOf(short), [": still here", 'end {"reason":"time"}'])
      assert.isTrue(short.mailbox.isOver())
      assert.deepStrictEqual(yield* eventsOf(long), [])
    })
  )

  it.effect("are written to some at a time, and one who leaves meanwhile is passed over", () =>
    Effect.gen(function* () {
      const { follow, followers } = setUp()
      const all = Array.from({ length: 100 }, () => follow(["plays"]))
      for (const follower of all) yield* eventsOf(follower)
      followers.hear([play("wheel")], [])
      const telling = yield* Effect.forkChild(followers.tell, { startImmediately: true })
      const told = Effect.map(
        Effect.forEach(all, eventsOf),
        (events) => events.filter(({ length }) => length > 0).length
      )
      assert.strictEqual(yield* told, 5)
      for (const follower of all.slice(90)) followers.remove(follower)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(telling)
      assert.strictEqual(yield* told, 85)
    })
  )
})
