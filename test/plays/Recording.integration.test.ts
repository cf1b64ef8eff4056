import { assert, layer } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { PlayId } from "../../src/plays/Play.ts"
import { Plays } from "../../src/plays/Plays.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { rejected } from "../support/esp/EspBehaviours.ts"
import { addGame, layer as recording, numbersOf, record, wordOf } from "../support/service/Recording.ts"

layer(recording())("Recording a play", (it) => {
  it.effect("a new address: created, not played before, one play", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const receipt = yield* record(slug, "new@shop.example")
      assert.deepInclude(receipt, { game: slug, playedBefore: false, plays: 1, contact: "created" })
      assert.isTrue(yield* (yield* EspMemory).has("new@shop.example"))
      assert.deepStrictEqual(yield* (yield* Plays).get(receipt.id), receipt)
    })
  )

  it.effect("an address that the ESP has: existed", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      yield* (yield* EspMemory).add("known@shop.example")
      assert.deepInclude(yield* record(slug, "Known@Shop.example"), {
        playedBefore: false,
        plays: 1,
        contact: "existed"
      })
    })
  )

  it.effect("further plays count on, keep the verdict, and call the ESP no more", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      yield* record(slug, "again@shop.example")
      assert.deepInclude(yield* record(slug, "again@shop.example"), {
        playedBefore: true,
        plays: 2,
        contact: "created"
      })
      assert.deepInclude(yield* record(slug, "again@shop.example"), {
        playedBefore: true,
        plays: 3,
        contact: "created"
      })
      assert.lengthOf(yield* (yield* EspMemory).calls("again@shop.example"), 1)
    })
  )

  it.effect("known in another game of the same ESP: the verdict of the first game, and a count of its own", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* addGame(), yield* addGame()]
      yield* record(one, "both@shop.example")
      assert.deepInclude(yield* record(other, "both@shop.example"), {
        game: other,
        playedBefore: false,
        plays: 1,
        contact: "created"
      })
      assert.lengthOf(yield* (yield* EspMemory).calls("both@shop.example"), 1)
    })
  )

  it.effect("another ESP is asked on its own", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* addGame(), yield* addGame({ esp: "elsewhere" })]
      const plays = [yield* record(one, "apart@shop.example"), yield* record(other, "apart@shop.example")]
      assert.deepStrictEqual(
        plays.map(({ contact, plays }) => [plays, contact]),
        [
          [1, "created"],
          [1, "unknown"]
        ]
      )
      const { get } = yield* Plays
      for (const play of plays) assert.deepStrictEqual(yield* get(play.id), play, "each has the verdict of its own ESP")
    })
  )

  it.effect(
    "all spellings of an address are one player, whose address stays as first typed; the ESP gets its domain in ASCII",
    () =>
      Effect.gen(function* () {
        const slug = yield* addGame()
        const sql = yield* SqlClient.SqlClient
        const spellings = [
          " José@Münz.Example ",
          "josé@xn--mnz-hoa.example",
          "JOSE\u0301@MÜNZ.example",
          "josé@münz.example"
        ]
        for (const [index, spelling] of spellings.entries()) {
          assert.strictEqual((yield* record(slug, spelling)).plays, index + 1)
        }
        assert.deepStrictEqual(yield* sql`select email, email_key from player where email_key like 'jos%'`, [
          { email: "José@Münz.Example", emailKey: "josé@xn--mnz-hoa.example" }
        ])
        const [call] = yield* (yield* EspMemory).calls("josé@xn--mnz-hoa.example")
        assert.strictEqual(call?.contact.email, "José@xn--mnz-hoa.example")
      })
  )

  it.effect("everything that was sent is stored as sent", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const sql = yield* SqlClient.SqlClient
      const data = { snake_key: 1, camelKey: [null, true, { deep: "é\u2028😀" }], "": 1e300, n: -0.5 }
      const sent = {
        name: " Nora 'Ö' \\ \"x\" {a,b} ",
        score: 12.345678901234567,
        consent: { textVersion: "2026-10", language: "en-GB" },
        data
      }
      const { id } = yield* record(slug, "stored@shop.example", sent)
      const bare = yield* record(slug, "stored@shop.example")
      assert.deepStrictEqual(
        yield* sql`
          select name, score, consent_text_version, consent_language, data, number, esp from play
          where id in (${id}, ${bare.id}) order by number`,
        [
          {
            name: sent.name,
            score: sent.score,
            consentTextVersion: "2026-10",
            consentLanguage: "en-GB",
            data,
            number: 1,
            esp: "sandbox"
          },
          {
            name: null,
            score: null,
            consentTextVersion: null,
            consentLanguage: null,
            data: null,
            number: 2,
            esp: "sandbox"
          }
        ]
      )
      const [call] = yield* (yield* EspMemory).calls("stored@shop.example")
      assert.deepInclude(call?.contact, { name: sent.name, game: slug })
    })
  )

  it.effect("every verdict is answered, stored, and given again", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const esp = yield* EspMemory
      const plays = yield* Plays
      yield* esp.add("existed@shop.example")
      yield* esp.next("rejected@shop.example", rejected)
      for (const contact of ["existed", "created", "rejected"]) {
        const first = yield* record(slug, `${contact}@shop.example`)
        assert.strictEqual(first.contact, contact)
        assert.strictEqual((yield* plays.get(first.id)).contact, contact)
        assert.strictEqual((yield* record(slug, `${contact}@shop.example`)).contact, contact)
      }
    })
  )

  it.effect("plays of one new address at the same time are numbered, and all know the verdict", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const receipts = yield* Effect.all(
        Array.from({ length: 50 }, () => record(slug, "crowd@shop.example")),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        receipts.map(({ plays }) => plays).sort((a, b) => a - b),
        Array.from({ length: 50 }, (_, index) => index + 1)
      )
      assert.deepStrictEqual(
        receipts.filter(({ playedBefore }) => !playedBefore).map(({ plays }) => plays),
        [1]
      )
      assert.deepStrictEqual([...new Set(receipts.map(({ contact }) => contact))], ["created"])
      assert.lengthOf(yield* (yield* EspMemory).calls("crowd@shop.example"), 1)
    })
  )

  it.effect("what opens later or closed before is refused with its times", () =>
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const [before, after] = [DateTime.add(now, { hours: -1 }), DateTime.add(now, { hours: 1 })]
      assert.strictEqual(yield* wordOf(record(yield* addGame({ opensAt: now, closesAt: after }), "a@shop.example")), 1)
      for (const times of [
        { opensAt: after, closesAt: null },
        { opensAt: null, closesAt: now },
        { opensAt: before, closesAt: now }
      ]) {
        const refused = yield* Effect.flip(record(yield* addGame(times), "refused@shop.example"))
        assert.deepInclude(refused, { _tag: "GameNotOpen", ...times })
      }
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(
        yield* sql`select 1 from player where email_key = 'refused@shop.example'`,
        [],
        "a refused play leaves nothing"
      )
    })
  )

  it.effect(
    "one that the limit refuses brings no contact into being, not even at an ESP that the game has moved to",
    () =>
      Effect.gen(function* () {
        const slug = yield* addGame({ limit: { plays: 1, period: "ever", windowSeconds: null } })
        const sql = yield* SqlClient.SqlClient
        yield* record(slug, "moved@shop.example")
        yield* sql`update game set esp = 'elsewhere' where slug = ${slug}`
        assert.strictEqual(yield* wordOf(record(slug, "moved@shop.example")), "PlayLimitReached")
        assert.deepStrictEqual(
          yield* sql`select esp from contact join player on player.id = player_id where email_key = 'moved@shop.example'`,
          [{ esp: "sandbox" }]
        )
      })
  )

  it.effect("an unknown game, and an unknown play", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* wordOf(record("no-such-game" as never, "a@shop.example")), "GameNotFound")
      const error = yield* Effect.flip((yield* Plays).get(PlayId.make(uuidV7At(0))))
      assert.strictEqual(error._tag, "PlayNotFound")
    })
  )

  it.effect("nothing was counted twice or left out on the way", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        (yield* numbersOf).filter(({ isWhole }) => !isWhole),
        []
      )
    })
  )
})
