import { assert, describe, it } from "@effect/vitest"
import * as Gathering from "../../../src/platform/notify/Gathering.ts"

const told = (count: number, game: string | null = "wheel") =>
  Array.from({ length: count }, (_, at) => ({ game, item: at }))

describe("what is gathered", () => {
  it("is counted by topic and game, and the newest of it is kept", () => {
    const gathering = Gathering.make()
    gathering.add("plays", () => told(30))
    gathering.add("plays", () => told(3))
    gathering.add("plays", () => told(1, "scratch"))
    gathering.add("tasks", () => [
      { game: null, item: "one" },
      { game: null, item: undefined }
    ])
    const { missed, news } = gathering.take()
    assert.deepStrictEqual(missed, [])
    const newest = [...Array.from({ length: 17 }, (_, at) => at + 13), 0, 1, 2]
    assert.deepStrictEqual(news, [
      { topic: "plays", game: "wheel", count: 33, newest },
      { topic: "plays", game: "scratch", count: 1, newest: [0] },
      { topic: "tasks", game: null, count: 2, newest: ["one"] }
    ])
    assert.deepStrictEqual(gathering.take(), { news: [], missed: [] })
  })

  it("is not read before it is taken, and yet no more than some batches are held", () => {
    const gathering = Gathering.make()
    let read = 0
    const add = () =>
      gathering.add("plays", () => {
        read++
        return told(1)
      })
    for (let at = 0; at < 63; at++) add()
    assert.strictEqual(read, 0)
    for (let at = 0; at < 937; at++) add()
    assert.isAbove(read, 900)
    assert.deepInclude(gathering.take().news[0], { count: 1000 })
  })

  it("never fails whoever hands it over: what cannot be read is missed", () => {
    const gathering = Gathering.make()
    gathering.add("tasks", () => told(1, null))
    for (let at = 0; at < 100; at++) {
      gathering.add("plays", () => {
        throw new Error("no")
      })
    }
    assert.deepStrictEqual(gathering.take(), {
      news: [{ topic: "tasks", game: null, count: 1, newest: [0] }],
      missed: ["plays"]
    })
  })

  it("has no bound that games could pass: of too many, the topic is missed", () => {
    const gathering = Gathering.make()
    gathering.add("plays", () => Array.from({ length: 5000 }, (_, at) => ({ game: `game-${at}`, item: at })))
    gathering.add("games", () => told(1))
    const { missed, news } = gathering.take()
    assert.deepStrictEqual(missed, ["plays"])
    assert.deepStrictEqual(
      news.map(({ topic }) => topic),
      ["games"]
    )
  })

  it("takes in what was gathered elsewhere", () => {
    const gathering = Gathering.make()
    gathering.add("plays", () => told(2))
    gathering.merge({ topic: "plays", game: "wheel", count: 100, newest: told(20).map(({ item }) => item) })
    gathering.miss("tasks")
    const { missed, news } = gathering.take()
    assert.deepStrictEqual(missed, ["tasks"])
    assert.deepInclude(news[0], { count: 102 })
    assert.lengthOf(news[0]!.newest, 20)
  })
})
