import { assert, describe, it } from "@effect/vitest"
import {
  acknowledgedFaults,
  type Acknowledged,
  keyFaults,
  limitFaults,
  numberFaults,
  repetitionFaults,
  type StoredPlay
} from "../../attack/invariants/Plays.ts"
import { deafFaults, logFaults, memoryFaults, mostMegabytes } from "../../attack/invariants/Processes.ts"
import { type StoredTask, taskFaults } from "../../attack/invariants/Tasks.ts"
import { troubles } from "../../attack/target/Troubles.ts"

const answered: Acknowledged = {
  game: "free",
  email: "nora@players.example",
  key: "play-1",
  id: "1",
  plays: 2,
  playedBefore: true,
  playedAt: "2026-11-20T10:00:00.000Z"
}
const row: StoredPlay = {
  id: "1",
  game: "free",
  email: "nora@players.example",
  key: "play-1",
  number: 2,
  playedAt: new Date("2026-11-20T10:00:00.000Z")
}

describe("what was answered", () => {
  it("is stored once, as it was answered", () => {
    assert.deepStrictEqual(acknowledgedFaults([answered, answered], [row]), [])
    assert.deepStrictEqual(acknowledgedFaults([{ ...answered, key: undefined }], [{ ...row, key: null }]), [])
  })

  it("is a fault where it is lost, doubled or changed", () => {
    const faults = (plays: ReadonlyArray<Acknowledged>, rows: ReadonlyArray<StoredPlay>) =>
      acknowledgedFaults(plays, rows).join("\n")
    assert.match(faults([answered], []), /is not stored/)
    assert.match(faults([answered], [row, row]), /stored 2 times/)
    assert.match(faults([answered], [{ ...row, number: 3 }]), /is stored as .* 3 /)
    assert.match(faults([answered], [{ ...row, email: "emil@players.example" }]), /is stored as/)
    assert.match(faults([answered], [{ ...row, key: "play-2" }]), /is stored as/)
    assert.match(faults([answered], [{ ...row, playedAt: new Date(0) }]), /is stored as/)
    assert.match(faults([{ ...answered, playedBefore: false }], [row]), /playedBefore is false/)
    assert.match(faults([answered, { ...answered, key: "play-2" }], [row]), /answered to two requests/)
    assert.match(
      faults([answered, { ...answered, id: "2" }], [row, { ...row, id: "2" }]),
      /answered with several plays/
    )
  })

  it("is the same again for the same key", () => {
    assert.deepStrictEqual(repetitionFaults(answered, { ...answered }), [])
    assert.lengthOf(repetitionFaults(answered, { ...answered, plays: 3 }), 1)
    assert.lengthOf(repetitionFaults(answered, { ...answered, id: "2" }), 1)
    assert.lengthOf(repetitionFaults(answered, { ...answered, playedAt: "2026-11-20T10:00:01.000Z" }), 1)
  })
})

describe("counts", () => {
  const entry = { game: "free", email: "nora@players.example", plays: 3, stored: 3, distinct: 3, lowest: 1, highest: 3 }

  it("are 1, 2, 3…, or a fault", () => {
    assert.deepStrictEqual(numberFaults([entry]), [])
    for (const change of [{ highest: 4 }, { lowest: 0 }, { distinct: 2 }, { plays: 4 }, { stored: 2 }])
      assert.lengthOf(numberFaults([{ ...entry, ...change }]), 1, JSON.stringify(change))
  })

  it("have no key twice", () => {
    assert.deepStrictEqual(keyFaults([{ key: "a", plays: 1 }]), [])
    assert.lengthOf(keyFaults([{ key: "a", plays: 2 }]), 1)
  })

  it("hold limits for ever", () => {
    const plays = [1, 2, 3].map((number) => ({ ...row, number }))
    assert.deepStrictEqual(limitFaults({ plays: 3 }, plays), [])
    assert.lengthOf(limitFaults({ plays: 2 }, plays), 1)
  })

  it("hold limits of windows, each of which begins with its first play", () => {
    const at = (...seconds: ReadonlyArray<number>) =>
      seconds.map((second, index) => ({ ...row, number: index + 1, playedAt: new Date(second * 1000) }))
    const limit = { plays: 2, windowSeconds: 5 }
    assert.deepStrictEqual(limitFaults(limit, at(0, 4, 5, 9, 10)), [])
    // Recorded behind a play of the next window, it counts there.
    assert.deepStrictEqual(limitFaults(limit, at(0, 5, 4.9, 10)), [])
    assert.lengthOf(limitFaults(limit, at(0, 4, 4.9)), 1)
    assert.lengthOf(limitFaults(limit, at(0, 5, 4.9, 9)), 1)
  })
})

describe("tasks", () => {
  const task: StoredTask = {
    id: "1",
    key: "a",
    status: "succeeded",
    content: { a: 1, b: 2 },
    attempts: 1,
    isQueued: false
  }
  const accepted = { id: "1", key: "a" }

  it("are kept with the end that was seen", () => {
    const seen = { id: "1", status: "succeeded", content: { b: 2, a: 1 } }
    assert.deepStrictEqual(taskFaults([accepted, accepted], [seen], [task]), [])
    const open = { ...task, status: "queued", content: null, attempts: 0, isQueued: true }
    assert.deepStrictEqual(taskFaults([accepted], [], [open]), [])
  })

  it("are a fault where they are lost, without a place, or end twice", () => {
    const faults = (stored: ReadonlyArray<StoredTask>, seen: Parameters<typeof taskFaults>[1] = []) =>
      taskFaults([accepted], seen, stored).join("\n")
    assert.match(faults([]), /is not stored/)
    assert.match(faults([{ ...task, key: "b" }]), /with the key b/)
    assert.match(faults([task, { ...task, id: "2" }]), /made 2 tasks/)
    assert.match(faults([{ ...task, isQueued: true }]), /is succeeded and is in the queue/)
    assert.match(faults([{ ...task, status: "running" }]), /is running and is not in the queue/)
    assert.match(faults([{ ...task, attempts: 0 }]), /without an attempt/)
    assert.match(faults([task], [{ id: "1", status: "cancelled", content: null }]), /was seen cancelled/)
    assert.match(faults([task], [{ id: "1", status: "succeeded", content: { a: 2, b: 2 } }]), /another content/)
    assert.match(taskFaults([accepted, { ...accepted, id: "2" }], [], [task]).join("\n"), /the tasks 1 and 2/)
  })
})

describe("processes", () => {
  it("may be deaf for two seconds of their own, not counting what the machine takes", () => {
    const probe = { replica: 0, wallMillis: 1900, workedMillis: 1900, lateMillis: 0 }
    assert.deepStrictEqual(deafFaults(probe), [])
    assert.deepStrictEqual(
      deafFaults({ ...probe, wallMillis: 9000, workedMillis: 1000 }),
      [],
      "it waited for a processor"
    )
    assert.deepStrictEqual(
      deafFaults({ ...probe, wallMillis: 9000, workedMillis: 9000, lateMillis: 8000 }),
      [],
      "the attacker came late"
    )
    assert.lengthOf(deafFaults({ ...probe, wallMillis: 2500, workedMillis: 2400 }), 1)
    assert.lengthOf(
      deafFaults({ ...probe, wallMillis: 2500, workedMillis: Number.NaN }),
      1,
      "where nothing else is known"
    )
  })

  it("have a bounded memory that does not grow for ever", () => {
    const life = (of: (second: number) => number) =>
      Array.from({ length: 400 }, (_, second) => ({ replica: 0, pid: 1, at: second * 1000, megabytes: of(second) }))
    assert.deepStrictEqual(memoryFaults(life((second) => (second < 60 ? 100 + second : 200))), [])
    assert.lengthOf(memoryFaults(life((second) => (second === 7 ? mostMegabytes + 1 : 200))), 1)
    assert.lengthOf(memoryFaults(life((second) => 100 + second)), 1)
  })

  it("log nothing that is secret, as it is, in base64 or in a URL", () => {
    const secrets = { "a key": "s3cret/key" }
    assert.deepStrictEqual(logFaults("nothing", secrets), [])
    for (const log of ["a s3cret/key b", `a ${btoa("s3cret/key")} b`, `a ${encodeURIComponent("s3cret/key")} b`])
      assert.lengthOf(logFaults(log, secrets), 1)
  })
})

describe("troubles", () => {
  it("explain what overlaps with them, at their replica and for their player, and nothing else", () => {
    const all = troubles()
    const early = performance.now()
    const excuses = (replica: number, of: "database" | "process", email?: string) =>
      all.excuses({ replica, of, from: early, email })
    assert.isFalse(excuses(0, "database"))
    const end = all.begin({ replica: 0, of: "database" })
    assert.deepStrictEqual(
      [excuses(0, "database"), excuses(0, "process"), excuses(1, "database")],
      [true, false, false]
    )
    end()
    assert.isTrue(excuses(0, "database"), "it was asked before the end")
    assert.isFalse(all.excuses({ replica: 0, of: "database", from: performance.now() + 1 }))
    all.begin({ replica: 1, of: "process" })
    assert.deepStrictEqual([excuses(1, "database"), excuses(1, "process")], [true, true])
    all.begin({ replica: undefined, of: "database", email: "nora@players.example" })
    assert.deepStrictEqual(
      [
        excuses(2, "database"),
        excuses(2, "database", "nora@players.example"),
        excuses(2, "database", "emil@players.example")
      ],
      [false, true, false]
    )
  })
})
