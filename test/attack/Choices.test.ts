import { assert, describe, it } from "@effect/vitest"
import { contract } from "../../attack/contract/Contract.ts"
import { fuzzCase, transcript } from "../../attack/fuzz/Fuzzer.ts"
import { validValue } from "../../attack/fuzz/Values.ts"
import { seeded } from "../../attack/random/Seeded.ts"
import * as Options from "../../attack/run/Options.ts"
import { chooseFaults } from "../../attack/run/Round.ts"

const known = {
  slug: "fuzzed",
  play: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52",
  tasks: ["019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"]
}

const cases = (seed: number, count: number) => {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, number) => fuzzCase(known, random.fork(number)))
}

describe("the choices of a run", () => {
  it("are the same for the same seed, and others for another", () => {
    const of = (seed: number) => cases(seed, 200).map(transcript)
    assert.deepStrictEqual(of(7), of(7))
    assert.notDeepEqual(of(7), of(8))
    const faults = (seed: number) =>
      Array.from({ length: 20 }, (_, round) =>
        chooseFaults(seeded(seed).fork(round), 3).map(({ fault, replica }) => [fault.name, replica])
      )
    assert.deepStrictEqual(faults(7), faults(7))
  })

  it("of a fork do not depend on what was drawn before", () => {
    const one = seeded(1)
    const other = seeded(1)
    other.next()
    assert.strictEqual(one.fork("a").next(), other.fork("a").next())
    assert.notStrictEqual(one.fork("a").next(), one.fork("b").next())
  })

  it("stay within their bounds and reach both", () => {
    const random = seeded(3)
    const drawn = new Set(Array.from({ length: 200 }, () => random.int(2, 5)))
    assert.deepStrictEqual(
      [...drawn].toSorted((one, other) => one - other),
      [2, 3, 4, 5]
    )
  })

  it("never kill the replica whose memory is watched, and give each fault a replica of its own", () => {
    for (let round = 0; round < 300; round++) {
      const chosen = chooseFaults(seeded(round), 3)
      assert.isAbove(chosen.length, 0)
      assert.isTrue(chosen.every(({ fault, replica }) => fault.needs !== "mortal" || replica > 0))
      const held = chosen.filter(({ fault }) => fault.needs !== "none").map(({ replica }) => replica)
      assert.strictEqual(new Set(held).size, held.length)
    }
  })
})

describe("the fuzzer", () => {
  it("asks for every operation, and delivers in every way, within a thousand cases", () => {
    const all = cases(1, 1500)
    const operations = new Set(all.flatMap(({ asked }) => asked.map(({ operation }) => operation?.id)))
    for (const { id } of contract.operations) assert.isTrue(operations.has(id), id)
    const kinds = new Set(all.map(({ kind }) => kind))
    for (const kind of [
      "valid",
      "body-type",
      "body-twice",
      "bytes-utf16",
      "head-doubled-header",
      "pipelined",
      "slow",
      "no-reader"
    ])
      assert.isTrue(kinds.has(kind), kind)
  })

  it("makes values that the contract takes where it means to", () => {
    const random = seeded(5)
    for (const operation of contract.operations) {
      for (let number = 0; operation.body !== undefined && number < 50; number++) {
        const value = validValue(operation.body, random)
        assert.isTrue(operation.takes(value), `${operation.id} ${JSON.stringify(value)}`)
      }
    }
  })

  it("knows what must be refused", () => {
    const record = contract.operations.find(({ id }) => id === "plays.record")!
    assert.isTrue(record.takes({ email: "nora@shop.example" }))
    for (const body of [null, {}, { email: 7 }, { email: "nora@shop.example", more: 1 }])
      assert.isFalse(record.takes(body))
    assert.isTrue(cases(2, 300).some(({ asked }) => asked.some(({ mustBeRefused }) => mustBeRefused)))
  })

  it("shows what it sent as JavaScript, without the repetitions", () => {
    const bytes = `GET /${"x".repeat(9000)}${"ab".repeat(50)}\r\n\0\xff`
    const shown = transcript({
      kind: "valid",
      steps: [{ _tag: "send", bytes: Buffer.from(bytes, "latin1") }, { _tag: "finish" }],
      asked: [],
      isComplete: true,
      mayLast: false,
      patience: 0
    })
    assert.strictEqual(
      shown,
      String.raw`send "GET /" + "x".repeat(9000) + "ab".repeat(50) + "\r\n\u0000ÿ"` + "\nfinish"
    )
  })
})

describe("the options", () => {
  it("bound a run in count and time, with a new seed each time", () => {
    const parsed = Options.parse([])!
    assert.strictEqual(parsed.millis, 5 * 60_000)
    assert.notStrictEqual(parsed.seed, Options.parse([])!.seed)
    assert.include(Options.parse(["--seed", "9", "--rounds", "3", "--from", "2"]), { seed: 9, rounds: 3, from: 2 })
  })

  it("make no sense otherwise", () => {
    for (const args of [
      ["--seed", "x"],
      ["--minutes", "0"],
      ["--minutes", "1e9"],
      ["--rounds", "-1"],
      ["--help"],
      ["more"]
    ])
      assert.isUndefined(Options.parse(args), args.join(" "))
  })
})
