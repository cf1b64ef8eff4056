import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { ETag, IfMatch } from "../../../src/platform/contract/Edits.ts"
import { problemsOf } from "../../../src/platform/contract/ProblemList.ts"
import { ChangedMeanwhile } from "../../../src/platform/contract/Problems.ts"

const read = Schema.decodeUnknownOption(IfMatch)

describe("the version of what is edited", () => {
  it("round-trips through ETag and If-Match", () => {
    for (const version of [1, 3, 999_999_999]) {
      const tag = Schema.encodeSync(ETag)(version)
      assert.strictEqual(tag, `"${version}"`)
      assert.deepStrictEqual(read(tag), Option.some(version))
      assert.deepStrictEqual(Schema.decodeUnknownOption(ETag)(tag), Option.some(version))
      // As weakened by a proxy that compresses answers.
      assert.deepStrictEqual(read(`W/${tag}`), Option.some(version))
    }
  })

  it("may be any, as *", () => {
    assert.deepStrictEqual(read("*"), Option.some(null))
    assert.strictEqual(Schema.encodeSync(IfMatch)(null), "*")
  })

  it("is refused in any other form", () => {
    for (const text of ["", "3", '"3', '"0"', '"03"', '"-1"', '"1000000000"', '"a"', '"1", "2"', "**", 'w/"3"', '""']) {
      assert.deepStrictEqual(read(text), Option.none(), text)
    }
  })

  it("has a problem that is listed only if an operation declares it", () => {
    const api = (error: ReadonlyArray<typeof ChangedMeanwhile>) =>
      problemsOf(HttpApi.make("notes").add(HttpApiGroup.make("notes").add(HttpApiEndpoint.get("get", "/", { error }))))
    const named = (list: ReadonlyArray<{ readonly name: string; readonly status: number }>) =>
      list.filter(({ name }) => name === "changed-meanwhile").map(({ status }) => status)
    assert.deepStrictEqual(named(api([])), [])
    assert.deepStrictEqual(named(api([ChangedMeanwhile])), [412])
  })
})
