import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { created, existed } from "../../src/esp/EspClient.ts"
import { type Behaviour, EspMemory } from "../support/esp/EspMemory.ts"
import { Plays } from "../../src/plays/Plays.ts"
import { garbage, hangs, notReached, rejected } from "../support/esp/EspBehaviours.ts"
import { addGame, layer as recording, record, replica } from "../support/service/Recording.ts"
import { until } from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { settleDue } from "../support/service/SettleDue.ts"

/** Acts at once, and answers when `answer` is done. */
const answersLate =
  (answer: Deferred.Deferred<void>): Behaviour =>
  (register) =>
    Effect.tap(register, Deferred.await(answer))

/** Expires all leases, as happens some time after a process was killed. */
const leasesRunOut = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`update contact set due_at = now() - interval '1 second' where verdict = 'unknown'`
})

const settle = settleDue(8)

const settleAll = settleDue(2).pipe(Effect.repeat({ while: (found) => found > 0 }))

const contactOf = Effect.fnUntraced(function* (email: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ verdict: string; attempts: number; reason: string | null; isDue: boolean }>`
    select verdict, attempts, reason, due_at is not null as is_due
    from contact join player on player.id = contact.player_id where email_key = ${email}`
  return row
})

/** Waits until the first attempt's ending is stored. A play that answers `unknown` after ESP_DEADLINE may answer before. */
const firstHasEnded = (email: string) =>
  until(
    "the first attempt's end is stored",
    Effect.map(contactOf(email), (contact) => contact?.reason ?? undefined)
  )

const patient = { ESP_DEADLINE: "30 millis", ESP_RETRIES: "0", SHUTDOWN_GRACE: "1 millis" }

describe("a verdict that comes late", () => {
  it.live("the play says unknown, and soon after what the ESP said", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const answer = yield* Deferred.make<void>()
      yield* (yield* EspMemory).next("late@shop.example", answersLate(answer))
      const first = yield* record(slug, "late@shop.example")
      assert.strictEqual(first.contact, "unknown")
      assert.strictEqual(
        (yield* record(slug, "late@shop.example")).contact,
        "unknown",
        "the next play waits for the same call"
      )
      yield* Deferred.succeed(answer, undefined)
      const plays = yield* Plays
      const later = yield* until(
        "a verdict",
        Effect.map(plays.get(first.id), (play) => (play.contact === "unknown" ? undefined : play))
      )
      assert.deepStrictEqual(later, { ...first, contact: "created" })
      assert.lengthOf(yield* (yield* EspMemory).calls(), 1)
      assert.strictEqual(yield* settle, 0, "nothing is owed")
    }).pipe(Effect.provide(recording(patient)))
  )

  it.live("an ESP that is down is asked again, and the play then says what it said", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const esp = yield* EspMemory
      yield* esp.add("down@shop.example")
      yield* esp.next("down@shop.example", notReached, rejected)
      const { contact, id } = yield* record(slug, "down@shop.example")
      assert.strictEqual(contact, "unknown")
      yield* firstHasEnded("down@shop.example")
      assert.deepInclude(yield* contactOf("down@shop.example"), {
        verdict: "unknown",
        reason: "unreachable",
        isDue: true
      })
      yield* leasesRunOut
      assert.strictEqual(yield* settle, 1)
      assert.strictEqual((yield* (yield* Plays).get(id)).contact, "rejected")
      assert.deepStrictEqual(yield* contactOf("down@shop.example"), {
        verdict: "rejected",
        reason: "invalid-address",
        attempts: 2,
        isDue: false
      })
    }).pipe(Effect.provide(recording(patient)))
  )
})

describe("the ESP says existed of our own attempt", () => {
  for (const { acts, behaviour, verdict } of [
    { acts: "may have acted", behaviour: garbage, verdict: "created" },
    { acts: "certainly did not act", behaviour: notReached, verdict: "existed" }
  ]) {
    it.live(`where it ${acts} before: ${verdict}`, () =>
      Effect.gen(function* () {
        const slug = yield* addGame()
        const esp = yield* EspMemory
        yield* esp.next("own@shop.example", behaviour)
        const { contact, id } = yield* record(slug, "own@shop.example")
        assert.strictEqual(contact, "unknown")
        yield* firstHasEnded("own@shop.example")
        yield* esp.add("own@shop.example")
        yield* leasesRunOut
        yield* settle
        assert.strictEqual((yield* (yield* Plays).get(id)).contact, verdict)
      }).pipe(Effect.provide(recording(patient)))
    )
  }

  it.live("after the process was killed in the middle of the call: created, and the late answer changes nothing", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const esp = yield* EspMemory
      // "Killed": its call does not continue until the test lets it.
      const killed = yield* Layer.build(replica(url, patient))
      const other = yield* Layer.build(replica(url, patient))
      const slug = yield* addGame().pipe(Effect.provide(killed))
      const answer = yield* Deferred.make<void>()
      yield* esp.next("killed@shop.example", (register) =>
        Effect.as(Effect.andThen(register, Deferred.await(answer)), existed())
      )
      const { contact, id } = yield* record(slug, "killed@shop.example").pipe(Effect.provide(killed))
      assert.strictEqual(contact, "unknown")

      yield* Effect.gen(function* () {
        assert.strictEqual(yield* settle, 0, "the lease is still the other's")
        yield* leasesRunOut
        assert.strictEqual(yield* settle, 1)
        assert.strictEqual((yield* (yield* Plays).get(id)).contact, "created")
      }).pipe(Effect.provide(other))

      yield* Deferred.succeed(answer, undefined)
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* record(slug, "killed@shop.example")).contact, "created")
        assert.strictEqual((yield* (yield* Plays).get(id)).contact, "created")
      }).pipe(Effect.provide(killed))
      assert.lengthOf(yield* esp.calls(), 2)
    }).pipe(Effect.provide(EspMemory.layer))
  )
})

describe("two processes", () => {
  it.live("one that stops in the middle of a call leaves the contact to the other at once: created", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const esp = yield* EspMemory
      const other = yield* Layer.build(replica(url, patient))
      const slug = yield* addGame().pipe(Effect.provide(other))
      yield* esp.next("stops@shop.example", (register) => Effect.andThen(register, Effect.never))
      const { contact, id } = yield* record(slug, "stops@shop.example").pipe(Effect.provide(replica(url, patient)))
      assert.strictEqual(contact, "unknown")
      yield* Effect.gen(function* () {
        assert.deepInclude(yield* contactOf("stops@shop.example"), { reason: "interrupted", isDue: true })
        assert.strictEqual(yield* settle, 1, "without a wait for a lease")
        assert.strictEqual((yield* (yield* Plays).get(id)).contact, "created")
      }).pipe(Effect.provide(other))
    }).pipe(Effect.provide(EspMemory.layer))
  )

  it.live("of two that attempt the same contact, the first verdict stands for good", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const esp = yield* EspMemory
      const [one, other] = [yield* Layer.build(replica(url, patient)), yield* Layer.build(replica(url, patient))]
      const slug = yield* addGame().pipe(Effect.provide(one))
      yield* esp.next("two@shop.example", notReached)
      const { id } = yield* record(slug, "two@shop.example").pipe(Effect.provide(one))
      yield* firstHasEnded("two@shop.example").pipe(Effect.provide(one))
      const answers = [yield* Deferred.make<void>(), yield* Deferred.make<void>()] as const
      yield* esp.next(
        "two@shop.example",
        () => Effect.as(Deferred.await(answers[0]), created()),
        (register) => Effect.andThen(Effect.andThen(register, Deferred.await(answers[1])), rejected(register))
      )
      const attempts: Array<Fiber.Fiber<number, unknown>> = []
      for (const process of [one, other]) {
        yield* leasesRunOut.pipe(Effect.provide(process))
        attempts.push(yield* Effect.forkChild(settle.pipe(Effect.provide(process))))
        yield* until(
          "the call",
          Effect.map(esp.calls(), (calls) => (calls.length === attempts.length + 1 ? true : undefined))
        )
      }
      // The second attempt gets its answer first.
      yield* Deferred.succeed(answers[1], undefined)
      yield* Fiber.join(attempts[1]!)
      const get = Effect.flatMap(Plays, (plays) => plays.get(id)).pipe(Effect.provide(one))
      assert.strictEqual((yield* get).contact, "rejected")
      yield* Deferred.succeed(answers[0], undefined)
      yield* Fiber.join(attempts[0]!)
      assert.strictEqual((yield* get).contact, "rejected")
    }).pipe(Effect.provide(EspMemory.layer))
  )

  it.live("existed, heard after another process has taken over, may be that one's doing: created", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const esp = yield* EspMemory
      // Frozen for longer than its lease, like a suspended machine. The other process's call overtakes it and gets no answer.
      const slow = yield* Layer.build(replica(url, patient))
      const other = yield* Layer.build(replica(url, patient))
      const slug = yield* addGame().pipe(Effect.provide(slow))
      const resumed = yield* Deferred.make<void>()
      yield* esp.next("slow@shop.example", (register) => Effect.andThen(Deferred.await(resumed), register), garbage)
      const { contact, id } = yield* record(slug, "slow@shop.example").pipe(Effect.provide(slow))
      assert.strictEqual(contact, "unknown")
      yield* Effect.andThen(leasesRunOut, settle).pipe(Effect.provide(other))
      assert.lengthOf(yield* esp.calls(), 2)

      yield* Deferred.succeed(resumed, undefined)
      const later = yield* until(
        "a verdict",
        Effect.map(
          Effect.flatMap(Plays, (plays) => plays.get(id)),
          (play) => (play.contact === "unknown" ? undefined : play.contact)
        )
      ).pipe(Effect.provide(other))
      assert.strictEqual(later, "created")
    }).pipe(Effect.provide(EspMemory.layer))
  )

  it.live("a backlog is settled by three processes, each contact once", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const esp = yield* EspMemory
      const processes = yield* Effect.all(Array.from({ length: 3 }, () => Layer.build(replica(url, patient))))
      const slug = yield* addGame().pipe(Effect.provide(processes[0]!))
      yield* esp.otherwise(hangs)
      const emails = Array.from({ length: 60 }, (_, index) => `player${index}@shop.example`)
      // All first attempts hang, so each contact keeps its first process's lease.
      yield* Effect.all(
        emails.map((email) => record(slug, email)),
        { concurrency: "unbounded" }
      ).pipe(Effect.provide(processes[0]!))
      yield* until(
        "all are called",
        Effect.map(esp.calls(), ({ length }) => (length === emails.length ? true : undefined))
      )
      const before = emails.length
      yield* esp.otherwise(undefined)
      yield* leasesRunOut.pipe(Effect.provide(processes[0]!))
      // Many concurrent claims of few contacts each compete for the same rows.
      yield* Effect.all(
        processes.flatMap((process) => Array.from({ length: 4 }, () => Effect.provide(settleAll, process))),
        { concurrency: "unbounded", discard: true }
      )
      const calls = (yield* esp.calls()).slice(before).map(({ contact }) => contact.emailKey)
      assert.deepStrictEqual([...calls].sort(), [...emails].sort())
      const sql = yield* SqlClient.SqlClient.pipe(Effect.provide(processes[0]!))
      assert.deepStrictEqual(yield* sql`select verdict, count(*)::int as count from contact group by verdict`, [
        { verdict: "created", count: 60 }
      ])
    }).pipe(Effect.provide(EspMemory.layer))
  )
})
