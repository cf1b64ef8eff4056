import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { AttributeSource, attributesOf, type ContactPlay, toEspContact } from "../../src/esp/EspContact.ts"
import { keyOf } from "../../src/players/Email.ts"

const play: ContactPlay = {
  esp: "shop",
  email: "Nora@shop.example",
  emailKey: keyOf("Nora@shop.example"),
  name: "Nora",
  game: "wheel",
  plays: 3,
  score: 120,
  playedAt: new Date("2026-11-20T10:00:00.000Z"),
  consent: { textVersion: "2026-10", language: "cs", at: new Date("2026-11-20T10:00:00.000Z") },
  data: { prize: "coffee", won: true, deep: { er: 1 }, list: [1], none: null },
  list: null,
  tags: ["autumn", "vip"]
}

const mapping = {
  FIRSTNAME: "name",
  LAST_GAME: "game",
  PLAYS: "plays",
  SCORE: "score",
  AT: "playedAt",
  LANGUAGE: "language",
  TEXT: "consentTextVersion",
  PRIZE: "data.prize",
  WON: "data.won",
  DEEP: "data.deep.er"
}

describe("the attributes of a contact", () => {
  it("are what the settings map, with their types", () => {
    assert.deepStrictEqual(attributesOf(mapping, play), {
      FIRSTNAME: "Nora",
      LAST_GAME: "wheel",
      PLAYS: 3,
      SCORE: 120,
      AT: "2026-11-20T10:00:00.000Z",
      LANGUAGE: "cs",
      TEXT: "2026-10",
      PRIZE: "coffee",
      WON: true,
      DEEP: 1
    })
  })

  it("leave out what the play lacks, and what is no single value", () => {
    const poor: ContactPlay = { ...play, name: null, score: null, consent: null, data: null }
    assert.deepStrictEqual(attributesOf(mapping, poor), {
      LAST_GAME: "wheel",
      PLAYS: 3,
      AT: "2026-11-20T10:00:00.000Z"
    })
    const odd = { A: "data.deep", B: "data.list", C: "data.none", D: "data.prize.length", E: "data.list.0" }
    assert.deepStrictEqual(attributesOf(odd, play), { E: 1 })
  })

  it("see nothing of the language's own members", () => {
    const own = { A: "data.constructor.name", B: "data.__proto__.x", C: "data.toString" }
    assert.deepStrictEqual(attributesOf(own, play), {})
  })

  it("come from places that there are", () => {
    const isSource = Schema.is(AttributeSource)
    for (const source of Object.values(mapping)) assert.isTrue(isSource(source), source)
    for (const source of [
      "",
      "data",
      "data.",
      "data..x",
      "data.x.",
      "data.x..y",
      "metadata.x",
      "prize",
      "emailKey",
      "toString"
    ]) {
      assert.isFalse(isSource(source), source)
    }
  })
})

describe("a contact", () => {
  it("is written to by its local part as it was typed, at the domain in ASCII", () => {
    for (const [typed, to] of [
      ["Ana.B@kältetechnik.example", "Ana.B@xn--kltetechnik-l8a.example"],
      ["Bo@shop。example", "Bo@shop.example"],
      ["José@Shop.Example", "José@shop.example"]
    ] as const) {
      const contact = toEspContact(
        { tags: [], attributes: { MAIL: "email" } },
        { ...play, email: typed, emailKey: keyOf(typed) }
      )
      assert.strictEqual(contact.email, to)
      assert.deepStrictEqual(contact.attributes, { MAIL: to })
    }
  })

  it("has the tags of connection and game, each once, and the list of the game", () => {
    const contact = toEspContact({ tags: ["fairground", "vip"], attributes: {} }, { ...play, list: "9" })
    assert.deepStrictEqual(contact.tags, ["fairground", "vip", "autumn"])
    assert.strictEqual(contact.list, "9")
    assert.strictEqual(contact.language, "cs")
    assert.isNull(toEspContact({ tags: [], attributes: {} }, { ...play, consent: null }).language)
  })
})
