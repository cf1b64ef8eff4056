import { assert, describe, it } from "@effect/vitest"
import { HttpApi, OpenApi } from "effect/http-api"
import { createHash } from "node:crypto"
import { PlayReceipt, receiptWith } from "../../src/plays/Play.ts"
import { OID } from "../../src/platform/postgres/Arrays.ts"
import * as PlayPart from "../../src/plays/PlayPart.ts"
import { PlaysApi, playsApi } from "../../src/plays/PlaysApi.ts"
import * as PlayStatement from "../../src/plays/PlayStatement.ts"
import { submission } from "../support/service/PlayTables.ts"
import { draw, first } from "./Draw.ts"

const statementOf = (parts: ReadonlyArray<PlayPart.PlayPart>) =>
  PlayStatement.make(PlayPart.compose(parts, PlayStatement.own))

const documentOf = (plays: typeof PlaysApi | ReturnType<typeof playsApi>) =>
  OpenApi.fromApi(HttpApi.make("fairground").add(plays)).components.schemas

describe("PlayPart", () => {
  it("without parts, the statement is to the letter what it was before there were any", () => {
    const { parametersOf, text } = statementOf([])
    assert.strictEqual(
      createHash("sha256").update(text).digest("hex"),
      "94e55115daeecc96ab35bec6b5451143ce0ffcfc63b1fedbee6465c164d8e265"
    )
    assert.lengthOf(parametersOf([submission("a@shop.example")], new Date(0)), 14)
  })

  it("each parameter has its own number, behind those of the statement", () => {
    const { parametersOf, text } = statementOf([first, draw])
    assert.deepStrictEqual(
      [...new Set([...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))].sort((a, b) => a - b),
      Array.from({ length: 17 }, (_, index) => index + 1)
    )
    const batch = [submission("a@shop.example"), submission("b@shop.example")]
    const parameters = parametersOf(batch, new Date(0))
    assert.lengthOf(parameters, 17)
    assert.strictEqual(parameters[16], "secret of 2")
  })

  it("the contract has the fields of the parts that are on, and no others", () => {
    const answer = documentOf(playsApi([draw, first]))["Play"] as {
      properties: Record<string, unknown>
      required: unknown
    }
    assert.deepStrictEqual(Object.keys(answer.properties), [...Object.keys(PlayReceipt.fields), "draw", "isFirst"])
    assert.deepStrictEqual(answer.properties["draw"], { $ref: "#/components/schemas/Draw" })
    assert.deepStrictEqual(answer.required, Object.keys(PlayReceipt.fields))
    assert.deepStrictEqual(documentOf(playsApi([])), documentOf(PlaysApi))
    assert.strictEqual(receiptWith([]), PlayReceipt)
  })

  it("a part without a field adds to the statement, with columns of the entry, and nothing to the answer or its rows", () => {
    const noting = PlayPart.makeSilent({
      parameters: { score: PlayPart.forEachPlay(OID.float8, ({ play }) => play.score ?? null) },
      entry: ({ score }) => ({ best: { inserted: `max(${score})`, updated: "greatest(entry.best, excluded.best)" } }),
      statement: () => "noted as (select best from settled_play)"
    })
    const { text } = statementOf([draw, noting])
    assert.include(text, "updated_at, best)\n        select player_id")
    assert.include(text, "max(played_at), max(part1_score)")
    assert.include(text, "updated_at, best) = (")
    assert.include(text, "greatest(entry.updated_at, excluded.updated_at), greatest(entry.best, excluded.best)")
    assert.include(text, "granted, period_ends_at, best\n      )")
    assert.include(text, "next_play_at, touched_entry.best,")
    assert.include(text, "noted as (select best from settled_play)")
    assert.deepStrictEqual(text.match(/ as part\d/g), [" as part0"])
    assert.deepStrictEqual(PlayPart.answering([noting, draw]), [draw])
    assert.deepStrictEqual(PlayPart.shownOf([noting], { draw: { prize: "car" } }), {})
    assert.strictEqual(receiptWith(PlayPart.answering([noting])), PlayReceipt)
  })

  it("what a module keeps in memory is there for its part's parameters, for each service apart", () => {
    const bonus: PlayPart.Kept<number> = { initial: 1 }
    const noting = PlayPart.makeSilent({
      parameters: {
        each: PlayPart.forEachPlay(OID.int4, (_, memory) => memory.get(bonus)),
        all: PlayPart.forTheBatch("integer", (batch, memory) => batch.length * memory.get(bonus))
      },
      statement: ({ all }) => `noted as (select ${all})`
    })
    const batch = [submission("a@shop.example"), submission("b@shop.example")]
    const [one, other] = [PlayPart.makeMemory(), PlayPart.makeMemory()]
    const lastOf = (memory: PlayPart.Memory) => PlayPart.compose([noting], 0, memory).parametersOf(batch)[1]
    one.set(bonus, 5)
    assert.deepStrictEqual([lastOf(one), lastOf(other)], [10, 2])
    one.set(bonus, 0)
    assert.strictEqual(lastOf(one), 0)
  })

  it("two parts cannot answer in one field, and none in a field that each play has", () => {
    assert.throws(() => statementOf([draw, draw]), "Two parts of a play's answer have the name draw.")
    assert.throws(
      () => statementOf([{ ...draw, field: "contact" }]),
      "Two parts of a play's answer have the name contact."
    )
  })

  it("nobody is shown a field whose part does not say so", () => {
    const { shown: _, ...silent } = { ...draw, parameters: {}, statement: () => "" }
    const fields = { draw: { prize: "car", code: "c" }, isFirst: false }
    assert.deepStrictEqual(PlayPart.shownOf([PlayPart.make(silent), first], fields), { isFirst: false })
    assert.deepStrictEqual(PlayPart.shownOf([draw, first], fields), { draw: { prize: "car" }, isFirst: false })
    assert.deepStrictEqual(PlayPart.shownOf([draw, first], {}), {})
  })
})
