import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, type Redacted, Ref } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { letter } from "../src/mail/Letter.ts"
import { Mail } from "../src/mail/Mail.ts"
import { keyOf } from "../src/players/Email.ts"
import { secrets } from "./mail/Sending.ts"
import { settingsOf } from "./support/AllSettings.ts"
import * as SandboxClient from "./support/esp/SandboxClient.ts"
import type { Player } from "../src/players/Player.ts"
import type { PlayReceipt } from "../src/plays/Play.ts"
import { exported, findPlayer, forget, persons, playerOf, tablesWith } from "./support/service/Persons.ts"
import { held } from "./support/service/Held.ts"
import { addGame, record, replica } from "./support/service/Recording.ts"
import { layerWith } from "./support/Settings.ts"
import * as TestDatabase from "./support/TestDatabase.ts"

/** A process of the service with the sandbox as its ESP. */
const processOn = (url: Redacted.Redacted<string>) =>
  replica(url).pipe(Layer.provide(SandboxClient.layer), Layer.provide(TestDatabase.clientLayer(url)))

const service = Layer.unwrap(Effect.map(TestDatabase.makeUrl, processOn))

const word = "plantedword"

/** Whatever a page may send, with the word wherever there is text of the player's. */
const play = {
  name: `Nora ${word}`,
  score: 120.5,
  consent: { textVersion: "2026-10", language: "en" },
  data: { note: { [word]: [`${word}!`] } }
}

/** A mail that says the word, and a block of its address, which a mail server explained with the word. */
const plantMails = Effect.fnUntraced(
  function* (email: string) {
    const sql = yield* SqlClient.SqlClient
    const said = letter({ language: "en", subject: word, paragraphs: [word] })
    yield* Mail.use((mail) =>
      mail.store({ key: "planted", to: email, letter: said, link: "https://games.example/won/1" })
    )
    const id = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"
    const key = keyOf(email)
    yield* sql`
    insert into mail_suppression (id, email_key, reason, detail, created_at) values (${id}, ${key}, 'refused', ${word}, now())`
    yield* sql`insert into mail_reader (id, email_key, created_at) values (${id}, ${key}, now())`
    yield* sql`update mail set reason = ${word}, attempts = 1`
  },
  Effect.provide(Mail.layer.pipe(Layer.provide([secrets, settingsOf({})])))
)

/** A code that was asked for, and a token. */
const plantAccess = Effect.fnUntraced(function* (email: string) {
  const sql = yield* SqlClient.SqlClient
  const { emailKey, id } = yield* playerOf(email)
  const codeId = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"
  yield* sql`
    insert into player_code (email_key, id, code, issued_since, expires_at, created_at)
    values (${emailKey}, ${codeId}, '\\x00', now(), now(), now())`
  yield* sql`
    insert into player_token (id, player_id, token_hash, expires_at, created_at)
    values (${codeId}, ${id}, ${Buffer.alloc(32)}, now(), now())`
})

/** All that is counted, without what is said of anybody. */
const numbers = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return {
    entries: yield* sql`select * from entry order by player_id, game_id`,
    plays: yield* sql`
      select id, player_id, game_id, number, esp, played_at, score, consent_text_version, consent_language
      from play order by id`
  }
})

it.live("a person who is forgotten is named nowhere, and every number stays", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const slugs = [yield* addGame(), yield* addGame()]
    const email = `Nora.${word}@shop.example`
    for (const slug of slugs) {
      for (const key of ["1", "2"]) yield* record(slug, email, play, `${word} ${key}`)
      yield* record(slug, "vera@shop.example", { name: "Vera", data: { prize: "coffee" } }, "vera")
    }
    // Some ESPs repeat the address where they say why they do not take it.
    yield* sql`update contact set reason = ${word} where player_id in (select id from player where email like ${`%${word}%`})`
    yield* plantMails(email)
    yield* plantAccess(email)
    const named = [
      "contact",
      "idempotency_key",
      "mail",
      "mail_reader",
      "mail_suppression",
      "play",
      "player",
      "player_code",
      "sandbox_contact"
    ]
    assert.deepStrictEqual(yield* tablesWith(word), named)
    const before = yield* numbers

    const player = yield* playerOf(email)
    // What was drawn names nobody, and stays.
    const { entries, prizes, ...rest } = yield* exported(player)
    assert.deepStrictEqual(prizes, [])
    assert.lengthOf(entries as ReadonlyArray<unknown>, 2)
    assert.lengthOf(Object.keys(rest), named.length)
    for (const [key, part] of Object.entries(rest)) assert.include(JSON.stringify(part).toLowerCase(), word, key)

    yield* forget(player)
    assert.deepStrictEqual(yield* tablesWith(word), [])
    assert.deepStrictEqual(yield* numbers, before)
    assert.deepStrictEqual(yield* tablesWith("vera"), ["idempotency_key", "play", "player", "sandbox_contact"])
    const left = yield* exported(player)
    assert.notInclude(JSON.stringify(left).toLowerCase(), word)
    assert.deepInclude(left, { player: null, contacts: [], sandboxContact: null, idempotencyKeys: [], entries })
    assert.deepInclude(left, { mails: [], mailSuppressions: [], mailReader: null, playerAccess: null })
    assert.deepStrictEqual(yield* sql`select 1 from player_token`, [])
    assert.deepStrictEqual(yield* sql`select status, attempts, link from mail`, [
      { status: "forgotten", attempts: 1, link: null }
    ])

    const next = yield* record(slugs[0]!, email, play, `${word} 1`)
    assert.deepInclude(next, { plays: 1, playedBefore: false, contact: "created" })
    assert.notStrictEqual((yield* playerOf(email)).id, player.id)
  }).pipe(Effect.provide(service))
)

it.live("what nobody stores is exported as nothing, and forgotten", () =>
  Effect.gen(function* () {
    const slug = yield* addGame()
    yield* record(slug, "vera@shop.example", play)
    const { emailKey } = yield* playerOf("vera@shop.example")
    const nobody = { id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52", emailKey: `x${emailKey}` as never }
    yield* forget(nobody)
    assert.deepStrictEqual(yield* exported(nobody), {
      player: null,
      entries: [],
      plays: [],
      idempotencyKeys: [],
      contacts: [],
      sandboxContact: null,
      mails: [],
      mailSuppressions: [],
      mailReader: null,
      playerAccess: null,
      prizes: []
    })
    assert.deepStrictEqual(yield* tablesWith(word), ["play", "sandbox_contact"])
  }).pipe(Effect.provide(service))
)

it.live(
  "somebody who plays while being forgotten, by two at once: no play is lost, and forgotten again nothing names them",
  () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const slugs = [yield* addGame(), yield* addGame()]
      const email = `${word}@shop.example`
      const isOver = yield* Ref.make(false)
      const known = new Map<string, Player>()

      const forgetting = yield* Effect.gen(function* () {
        const player = yield* findPlayer(email)
        if (player === undefined) return
        known.set(player.id, player)
        yield* Effect.all([forget(player), forget(player)], { concurrency: 2 })
      }).pipe(Effect.repeat({ until: () => Ref.get(isOver) }), Effect.forkChild)
      const receipts: Array<PlayReceipt> = []
      const playing = Effect.suspend(() =>
        record(slugs[receipts.length % 2]!, email, play, `${word} ${randomUUID()}`)
      ).pipe(
        Effect.tap((receipt) => Effect.sync(() => receipts.push(receipt))),
        Effect.repeat({ while: () => known.size < 5 })
      )
      yield* Effect.all(
        Array.from({ length: 8 }, () => playing),
        { concurrency: "unbounded" }
      )
      yield* Ref.set(isOver, true)
      yield* Fiber.join(forgetting)

      const stored = yield* sql<{ id: string; number: number; playerId: string; gameId: string }>`
      select id, number, player_id, game_id from play order by player_id, game_id, number`
      assert.deepStrictEqual(
        new Map(stored.map(({ id, number }) => [id, number])),
        new Map(receipts.map(({ id, plays }) => [id, plays]))
      )
      const counts = yield* sql<{ playerId: string; gameId: string; plays: number }>`
      select player_id, game_id, plays from entry order by player_id, game_id`
      for (const [entry, plays] of Map.groupBy(stored, ({ gameId, playerId }) => `${playerId} ${gameId}`)) {
        assert.deepStrictEqual(
          plays.map(({ number }) => number),
          plays.map((_, index) => index + 1)
        )
        const count = counts.find(({ gameId, playerId }) => entry === `${playerId} ${gameId}`)
        assert.strictEqual(count?.plays, plays.length)
      }

      const last = yield* findPlayer(email)
      if (last !== undefined) known.set(last.id, last)
      for (const player of known.values()) yield* forget(player)
      assert.deepStrictEqual(yield* tablesWith(word), [])
      assert.deepStrictEqual(yield* sql`select 1 from contact`, [])
      assert.deepInclude(yield* record(slugs[0]!, email), { plays: 1, playedBefore: false, contact: "created" })
    }).pipe(Effect.provide(service))
)

it.live("while the database does not let anybody at its tables, each module says that it is unavailable", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    yield* Effect.gen(function* () {
      yield* record(yield* addGame(), "nora@shop.example", play)
      const player = yield* playerOf("nora@shop.example")
      const tables =
        "player, entry, play, play_prize, idempotency_key, contact, sandbox_contact, mail, mail_suppression, mail_reader, player_code, player_token"
      const { release } = yield* held(url, (sql) => sql.unsafe(`lock table ${tables} in access exclusive mode`))
      const hasty = layerWith({ DATABASE_DEADLINE: "100 millis" })
      const all = yield* Effect.provide(persons, hasty)
      const outcomes: Array<string> = []
      for (const person of all) {
        assert.strictEqual((yield* Effect.flip(person.export(player)))._tag, "DatabaseUnavailable")
        outcomes.push(
          yield* Effect.match(person.forget(player), { onFailure: ({ _tag }) => _tag, onSuccess: () => "" })
        )
      }
      // What plays draw names nobody: there is nothing to forget of it.
      assert.deepStrictEqual(
        outcomes,
        all.map((_, at) => (at === 0 ? "" : "DatabaseUnavailable"))
      )
      yield* release
      yield* forget(player)
      assert.deepStrictEqual(yield* tablesWith(word), [])
    }).pipe(Effect.provide(processOn(url)))
  })
)
