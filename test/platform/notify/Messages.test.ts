import { assert, describe, it } from "@effect/vitest"
import type { Gathered, News } from "../../../src/platform/notify/Gathering.ts"
import * as Messages from "../../../src/platform/notify/Messages.ts"

const play = {
  id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52",
  playedAt: "2026-11-20T10:00:00.000Z",
  number: 12,
  contact: "created"
}

const newsOf = (games: number, items: number, item: News["newest"][number] = play): ReadonlyArray<News> =>
  Array.from({ length: games }, (_, at) => ({
    topic: "plays",
    game: `game-${at}`,
    count: 1000 + at,
    newest: Array.from({ length: items }, () => item)
  }))

/** What another process makes of the messages. */
const heard = (gathered: Gathered) => {
  const messages = Messages.write("me", gathered)
  for (const message of messages) {
    // PostgreSQL refuses 8,000 bytes, and a NUL anywhere.
    assert.isBelow(Buffer.byteLength(message), 8000)
    assert.notInclude(message, "\0")
  }
  assert.isAtMost(messages.length, 8)
  const parsed = messages.map((message) => Messages.parse(message)!)
  assert.isTrue(parsed.every(({ from }) => from === "me"))
  return { messages, news: parsed.flatMap(({ news }) => news), missed: parsed.flatMap(({ missed }) => missed) }
}

describe("messages", () => {
  it("say what was gathered", () => {
    const news = [...newsOf(2, 3), { topic: "tasks", game: null, count: 1, newest: [{ id: "a", kind: 'b"\0ö\ud800' }] }]
    const found = heard({ news, missed: ["games"] })
    assert.lengthOf(found.messages, 2)
    assert.deepStrictEqual(found.missed, ["games"])
    assert.deepStrictEqual(found.news.slice(0, 2), news.slice(0, 2))
    assert.deepStrictEqual(found.news[2]?.newest, [{ id: "a", kind: 'b"\0ö\ud800' }])
    assert.deepStrictEqual(Messages.write("me", { news: [], missed: [] }), [])
  })

  it("count everything, and say less of each the more there are", () => {
    for (const games of [1, 3, 20, 50, 200]) {
      const news = newsOf(games, 20)
      const found = heard({ news, missed: [] })
      assert.deepStrictEqual(found.missed, [], `${games} games`)
      assert.deepStrictEqual(
        found.news.map(({ count, game }) => [game, count]),
        news.map(({ count, game }) => [game, count])
      )
      for (const { newest } of found.news) assert.isAbove(newest.length, 0)
      if (games <= 3) assert.lengthOf(found.news[0]!.newest, 20)
    }
  })

  it("leave out an item that is too long, and never a topic without a word", () => {
    const long = heard({ news: newsOf(1, 20, "x".repeat(9000)), missed: [] })
    assert.deepStrictEqual(long.news, [{ topic: "plays", game: "game-0", count: 1000, newest: [] }])
    const endless = heard({ news: [{ topic: "plays", game: "g".repeat(9000), count: 1, newest: [] }], missed: [] })
    assert.deepStrictEqual([endless.news, endless.missed], [[], ["plays"]])
  })

  it("of another version, or of somebody else, are passed over", () => {
    for (const text of ["", "hello", "{}", '{"from":"me"}', '{"from":"me","news":[["plays"]],"missed":[]}']) {
      assert.isUndefined(Messages.parse(text), text)
    }
    const newer = '{"from":"me","news":[],"missed":["plays"],"more":1}'
    assert.deepStrictEqual(Messages.parse(newer), { from: "me", news: [], missed: ["plays"] })
  })
})
