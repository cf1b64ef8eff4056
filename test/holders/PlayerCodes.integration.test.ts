import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { removeExpired } from "../../src/holders/HoldersJobs.ts"
import { Holders } from "../../src/holders/Holders.ts"
import { PlayerCodes } from "../../src/holders/PlayerCodes.ts"
import { Secrets } from "../../src/platform/Secrets.ts"
import { isWellFormed, makeToken } from "../../src/platform/Tokens.ts"
import { held } from "../support/service/Held.ts"
import { Time } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import {
  ask,
  code,
  ground,
  logged,
  mailedCode,
  mailsTo,
  otherThan,
  player,
  replica,
  speaksFor,
  storedCode,
  swapped
} from "./HolderServices.ts"

const service = replica().pipe(Layer.provideMerge(ground))

/** The newest entries of the audit log, as `action outcome target`: by their place in the table, because the time stands still. */
const audited = Effect.fnUntraced(function* (limit: number) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ deed: string }>`
    select concat_ws(' ', action, outcome, target_kind, target_id) as deed from audit_entry order by ctid desc limit ${limit}`
  return rows.map(({ deed }) => deed)
})

/** Does it in another process on the same database. */
const elsewhere = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, replica())

layer(service, { excludeTestServices: true })("A player's code", (it) => {
  it.effect("comes by mail once, in the reader's language, and is swapped for a token of 30 days", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const codes = yield* PlayerCodes
      const { email, emailKey, id } = yield* player()
      const issued = yield* ask(` ${email.toUpperCase()} `, "ru")
      const [mail, ...more] = yield* mailsTo(email)
      assert.deepStrictEqual(more, [])
      assert.deepInclude(mail, { key: `player-code ${issued}`, recipient: email, subject: "Ваш код" })
      assert.deepStrictEqual(yield* audited(1), [`player-code.ask done player ${id}`])

      const typed = yield* mailedCode(email)
      assert.match(typed, /^\d{6}$/)
      const made = yield* codes.swap(email, ` ${typed.slice(0, 3)} ${typed.slice(3)} `)
      assert.isTrue(isWellFormed("fgp_", made.token))
      assert.deepInclude(made, { playerId: id })
      assert.strictEqual(made.expiresAt.epochMilliseconds, time.now() + 30 * 24 * 3_600_000)
      assert.deepStrictEqual(yield* audited(1), [`player-token.create done player ${id}`])
      const holder = { tokenId: made.id, playerId: id, email, emailKey }
      assert.deepStrictEqual(yield* (yield* Holders).recognise(made.token), holder)
    })
  )

  it.effect("is stored nowhere in the clear, nor is the token, nor are they logged", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { email } = yield* player()
      const typed = yield* code(email)
      const { token } = yield* (yield* PlayerCodes).swap(email, typed)
      const [mail] = yield* mailsTo(email)
      assert.notMatch(mail?.bodyText ?? "", /\d{6}/)
      for (const table of ["mail", "player_code", "player_token", "audit_entry"]) {
        const rows = yield* sql`select 1 from ${sql(table)} t where t::text like ${`%${token}%`}`
        assert.deepStrictEqual(rows, [], table)
      }
      const hashes = yield* sql`select 1 from player_code where code is not null and length(code) < 60`
      assert.deepStrictEqual(hashes, [], "a hash of six digits is encrypted")
      const log = logged.join("\n")
      assert.notInclude(log, token)
      assert.notInclude(log, typed)
    })
  )

  it.effect("works once, also for ten who try it at once at two replicas", () =>
    Effect.gen(function* () {
      const { email } = yield* player()
      const typed = yield* code(email)
      const here = Array.from({ length: 2 }, () => swapped(email, typed))
      const there = elsewhere(
        Effect.all(
          Array.from({ length: 3 }, () => swapped(email, typed)),
          { concurrency: "unbounded" }
        )
      )
      const outcomes = yield* Effect.all([Effect.all(here, { concurrency: "unbounded" }), there], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        outcomes.flat().filter((one) => one === "token"),
        ["token"]
      )
      assert.strictEqual(yield* swapped(email, typed), "PlayerCodeRefused")
    })
  )

  it.effect("has five tries, however many come at once at two replicas", () =>
    Effect.gen(function* () {
      const { email } = yield* player()
      const right = yield* code(email)
      const wrong = (from: number) =>
        Effect.all(
          Array.from({ length: 20 }, (_, at) => swapped(email, otherThan(right, from + at))),
          { concurrency: "unbounded" }
        )
      const outcomes = yield* Effect.all([wrong(1), elsewhere(wrong(100))], { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(outcomes.flat())], ["PlayerCodeRefused"])
      assert.strictEqual((yield* storedCode(email))?.tries, 5)
      assert.strictEqual(yield* swapped(email, right), "PlayerCodeRefused", "the right one comes too late")
      const refusals = (yield* audited(5)).filter((deed) => deed.startsWith("player-token.create refused player-code "))
      assert.lengthOf(refusals, 5, "each of the tries that counted, and no other")
    })
  )

  it.effect("of four wrong tries leaves one for the right", () =>
    Effect.gen(function* () {
      const { email } = yield* player()
      const right = yield* code(email)
      for (let n = 1; n <= 4; n++) assert.strictEqual(yield* swapped(email, otherThan(right, n)), "PlayerCodeRefused")
      assert.strictEqual(yield* swapped(email, right), "token")
    })
  )

  it.effect("takes the place of the one before", () =>
    Effect.gen(function* () {
      const { email } = yield* player()
      const first = yield* code(email)
      yield* ask(email)
      let second = yield* mailedCode(email)
      // One in a million is the same.
      if (second === first) second = yield* code(email)
      assert.strictEqual(yield* swapped(email, first), "PlayerCodeRefused")
      assert.strictEqual(yield* swapped(email, second), "token")
    })
  )

  it.effect("ends after 10 minutes, and the token after 30 days", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const { email, id } = yield* player()
      const late = yield* code(email)
      time.adjust("10 minutes")
      assert.strictEqual(yield* swapped(email, late), "PlayerCodeRefused")
      const typed = yield* code(email)
      time.adjust("599 seconds")
      const { token } = yield* (yield* PlayerCodes).swap(email, typed)
      time.adjust("30 days")
      assert.isUndefined(yield* speaksFor(token))
      time.adjust("-1 second")
      assert.strictEqual(yield* speaksFor(token), id)
    })
  )

  it.effect("of one address is none of another's", () =>
    Effect.gen(function* () {
      const [nora, vera] = [yield* player(), yield* player()]
      const typed = yield* code(nora.email)
      let other = yield* code(vera.email)
      if (other === typed) other = yield* code(vera.email)
      assert.strictEqual(yield* swapped(vera.email, typed), "PlayerCodeRefused")
      const { token } = yield* (yield* PlayerCodes).swap(nora.email, typed)
      assert.strictEqual(yield* speaksFor(token), nora.id)
      assert.strictEqual(yield* swapped(vera.email, other), "token")
    })
  )

  it.effect("is not mailed to an address that nobody plays with, whose row looks like any other", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const email = "nobody@shop.example"
      yield* ask(email)
      assert.deepStrictEqual(yield* mailsTo(email), [])
      for (let n = 0; n < 6; n++) {
        assert.strictEqual(yield* swapped(email, otherThan("000000", n)), "PlayerCodeRefused")
      }
      assert.deepInclude(yield* storedCode(email), { tries: 5, issued: 1, isOpen: true })
      assert.deepStrictEqual(yield* sql`select 1 from audit_entry where details::text like '%nobody%'`, [])
    })
  )

  it.effect("is issued five times an hour, also at two replicas", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const { email } = yield* player()
      const codes = yield* PlayerCodes
      for (let n = 0; n < 3; n++) yield* ask(email)
      yield* elsewhere(
        Effect.gen(function* () {
          for (let n = 0; n < 2; n++) yield* ask(email)
        })
      )
      assert.lengthOf(yield* mailsTo(email), 5)
      const last = yield* mailedCode(email)
      const before = yield* storedCode(email)
      // What another process does when it closes waits for its work.
      yield* Effect.scoped(
        Effect.flatMap(Layer.build(replica()), (built) =>
          Effect.provide(
            Effect.flatMap(PlayerCodes, (there) => there.ask(email, "en")),
            built
          )
        )
      )
      yield* codes.ask("somebody-else@shop.example", "en")
      assert.deepStrictEqual(yield* storedCode(email), before)
      assert.lengthOf(yield* mailsTo(email), 5)
      assert.strictEqual(yield* swapped(email, last), "token", "the last one stays")
      time.adjust("1 hour")
      yield* ask(email)
      assert.deepInclude(yield* storedCode(email), { issued: 1, tries: 0 })
    })
  )

  it.effect("and the token are deleted when they are over, and not before", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const time = yield* Time
      yield* sql`delete from player_code`
      yield* sql`delete from player_token`
      const { email } = yield* player()
      yield* (yield* PlayerCodes).swap(email, yield* code(email))
      const counts = Effect.gen(function* () {
        yield* yield* removeExpired
        const [codes] = yield* sql<{ n: number }>`select count(*)::int as n from player_code`
        const [tokens] = yield* sql<{ n: number }>`select count(*)::int as n from player_token`
        return [codes?.n, tokens?.n]
      })
      assert.deepStrictEqual(yield* counts, [1, 1])
      time.adjust("59 minutes")
      assert.deepStrictEqual(yield* counts, [1, 1], "it still counts how many were issued")
      time.adjust("1 minute")
      assert.deepStrictEqual(yield* counts, [0, 1])
      time.adjust("30 days")
      assert.deepStrictEqual(yield* counts, [0, 0])
    })
  )

  it.effect("needs the key for secrets, and says so before anything is stored", () =>
    Effect.gen(function* () {
      const { email } = yield* player()
      const keyless = PlayerCodes.layer.pipe(Layer.provide(Secrets.layerOf([])))
      const error = yield* Effect.flip(Effect.flatMap(PlayerCodes, (codes) => codes.ask(email, "en"))).pipe(
        Effect.provide(Layer.fresh(keyless))
      )
      assert.strictEqual(error._tag, "SecretsKeyMissing")
      assert.isUndefined(yield* storedCode(email))
    })
  )

  it.effect("that another key has encrypted is refused like any other", () =>
    Effect.gen(function* () {
      const { email } = yield* player()
      const typed = yield* code(email)
      const other = PlayerCodes.layer.pipe(Layer.provide(Secrets.layerOf([new Uint8Array(32).fill(8)])))
      assert.strictEqual(yield* Effect.provide(swapped(email, typed), Layer.fresh(other)), "PlayerCodeRefused")
    })
  )
})

layer(service, { excludeTestServices: true })("A player's token", (it) => {
  const token = Effect.fnUntraced(function* () {
    const who = yield* player()
    return { ...who, ...(yield* (yield* PlayerCodes).swap(who.email, yield* code(who.email))), playerId: who.id }
  })

  it.effect("that was ended is nobody's at another replica with the next request, and ended once", () =>
    Effect.gen(function* () {
      const first = yield* token()
      yield* elsewhere(
        Effect.gen(function* () {
          assert.strictEqual(yield* speaksFor(first.token), first.playerId)
        })
      )
      const holders = yield* Holders
      const holder = (yield* holders.recognise(first.token)) ?? assert.fail("nobody's")
      yield* Effect.all([holders.end(holder), holders.end(holder)], { concurrency: 2 })
      assert.isUndefined(yield* elsewhere(speaksFor(first.token)))
      const [last, before] = yield* audited(2)
      assert.strictEqual(last, `player-token.end done player ${first.playerId}`)
      assert.notStrictEqual(before, last, "what changed nothing tells nothing")
    })
  )

  it.effect("of a player who was forgotten is nobody's", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { playerId, token: text } = yield* token()
      yield* sql`delete from player where id = ${playerId}`
      assert.isUndefined(yield* speaksFor(text))
    })
  )

  it.effect("is refused where it is rubbish", () =>
    Effect.gen(function* () {
      const { token: text } = yield* token()
      const rubbish = ["", " ", "fgp_", text.slice(0, -1), `${text} `, `${text.slice(0, -1)}-`, text.toLowerCase()]
      const others = [makeToken("fgp_"), makeToken("fgk_"), makeToken("fgs_"), "a.b.c", "..", "\0", "x".repeat(1e6)]
      for (const one of [...rubbish, ...others]) assert.isUndefined(yield* speaksFor(one), one.slice(0, 60))
    })
  )
})

layer(TestDatabase.layer, { excludeTestServices: true })("While the database lets nobody at its tables", (it) => {
  it.effect("tokens and codes are not judged", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const hasty = replica({ DATABASE_DEADLINE: "100 millis" }).pipe(
        Layer.provideMerge(TestDatabase.clientLayer(url)),
        Layer.provideMerge(Time.layer)
      )
      yield* Effect.gen(function* () {
        const { email } = yield* player()
        const { token } = yield* (yield* PlayerCodes).swap(email, yield* code(email))
        const { release } = yield* held(url, (sql) =>
          sql.unsafe("lock table player_code, player_token in access exclusive mode")
        )
        assert.strictEqual(yield* swapped(email, "000000"), "DatabaseUnavailable")
        const error = yield* Effect.flip(Effect.flatMap(Holders, (holders) => holders.recognise(token)))
        assert.strictEqual(error._tag, "DatabaseUnavailable")
        yield* release
        assert.isDefined(yield* speaksFor(token))
      }).pipe(Effect.provide(hasty))
    })
  )
})
