import { assert, describe, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import * as Exits from "../../../src/platform/cli/Exits.ts"
import * as Terminal from "../../../src/platform/cli/Terminal.ts"

/** Captures what is printed on both streams. */
const printed = <E>(effect: Effect.Effect<unknown, E>) =>
  Effect.gen(function* () {
    const texts: Array<string> = []
    const console = yield* Console.Console
    const keep = (text: string) => void texts.push(text)
    const keeping: Console.Console = Object.assign(Object.create(console), { log: keep, error: keep })
    yield* Effect.exit(Effect.provideService(effect, Console.Console, keeping))
    return texts
  })

/** Escapes of seven and eight bits, all kinds of line breaks, direction marks, a lone surrogate. */
const hostile = "a\u001b[2J\u009b31m\rb\nc\u0007\u0085\u2028\u202egnp\u2066\u200f\ud800z"
const harmless = "a\\u001b[2J\\u009b31m\\u000db\\u000ac\\u0007\\u0085\\u2028\\u202egnp\\u2066\\u200f\\ud800z"

describe("what the command line prints", () => {
  it.effect("is shown and not obeyed, a line for each that was meant", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* printed(Terminal.print([hostile, "žluťoučký 👩‍🚀 李"])), [
        `${harmless}\nžluťoučký 👩‍🚀 李`
      ])
      assert.deepStrictEqual(yield* printed(Terminal.print(hostile, "\u001b[H")), [`\u001b[H${harmless}`])
    })
  )

  it("stands in columns, which one long cell does not widen", () => {
    const long = "W".repeat(41)
    assert.deepStrictEqual(
      Terminal.columns([
        ["1", "vera@brand.example", "Вера", "second factor"],
        ["2", "al@brand.example", "Al"],
        ["3", long, "Nora"],
        ["4", "\u001b[2J", "Emil"]
      ]),
      [
        "1  vera@brand.example  Вера  second factor",
        "2  al@brand.example    Al",
        `3  ${long}  Nora`,
        "4  \\u001b[2J           Emil"
      ]
    )
    assert.deepStrictEqual(Terminal.columns([]), [])
  })

  it.effect("is the same JSON", () =>
    Effect.gen(function* () {
      const [text = ""] = yield* printed(Terminal.print(JSON.stringify({ [hostile]: hostile })))
      assert.match(text, /^[ -~]+$/)
      assert.deepStrictEqual(JSON.parse(text), { [hostile]: hostile })
    })
  )

  it.effect("is so of errors, whose lines stay lines", () =>
    Effect.gen(function* () {
      const texts = yield* printed(Exits.explain(Effect.fail({ message: "one\u001b[31m\ntwo\u202e" })))
      assert.deepStrictEqual(texts, ["one\\u001b[31m\ntwo\\u202e"])
    })
  )
})
