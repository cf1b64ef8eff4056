import { assert, describe, it } from "@effect/vitest"
import { Exit, Schema } from "effect"
import { houseTheme, type GamePage, pageOf, plainPage, SentPage } from "../../src/pages/GamePage.ts"
import { contrastFault, faultsOf } from "../../src/pages/PageFaults.ts"
import { spoken } from "../../src/pages/Words.ts"

const two = [
  { id: "a", title: { en: "A" } },
  { id: "b", title: { en: "B" } }
]

const pathsIn = (page: GamePage, pictures: ReadonlyArray<string> = []) =>
  faultsOf(page, pictures).map(({ path }) => path.join("."))

const pathsOf = (sent: SentPage, pictures?: ReadonlyArray<string>) => pathsIn(pageOf(sent), pictures)

const decode = Schema.decodeUnknownExit(SentPage, { onExcessProperty: "error" })
const fits = (sent: unknown) => Exit.isSuccess(decode(sent))

describe("a game's page", () => {
  it("that was never set up is right, and so is the least that can be sent", () => {
    assert.deepStrictEqual(pathsIn(plainPage(spoken)), [])
    assert.deepStrictEqual(pathsOf({ mechanic: "wheel" }), [])
    assert.deepStrictEqual(pathsOf({ mechanic: "wheel", languages: ["de"] }), [])
    assert.isUndefined(contrastFault(houseTheme))
  })

  it("is told of each place that is wrong", () => {
    assert.deepStrictEqual(pathsOf({ mechanic: "scratch" }), ["payload.segments"])
    assert.deepStrictEqual(pathsOf({ mechanic: "quiz" }), ["payload.questions"])
    assert.deepStrictEqual(pathsOf({ mechanic: "memory", settings: { seconds: 20 } }), ["payload.settings.seconds"])
    assert.deepStrictEqual(pathsOf({ mechanic: "wheel", languages: ["en", "EN"] }), ["payload.languages"])
    assert.deepStrictEqual(pathsOf({ mechanic: "wheel", segments: [...two, two[0]!] }), ["payload.segments"])
    assert.deepStrictEqual(
      pathsOf({
        mechanic: "wheel",
        segments: [
          { id: "a", title: {} },
          { id: "b", title: { de: "B" } }
        ]
      }),
      ["payload.segments.0.title", "payload.segments.1.title.de"]
    )
    assert.deepStrictEqual(
      pathsOf({ mechanic: "wheel", texts: { de: {}, en: { words: { emial: "x", email: "Email" } } } }),
      ["payload.texts.de", "payload.texts.en.words.emial"]
    )
    const option = (id: string) => ({ id, text: { en: id } })
    assert.deepStrictEqual(
      pathsOf({
        mechanic: "quiz",
        questions: [{ id: "q", text: { en: "Q" }, options: [option("x"), option("x")], right: "y" }]
      }),
      ["payload.questions.0.options", "payload.questions.0.right"]
    )
    assert.deepStrictEqual(pathsOf({ mechanic: "wheel", consent: { text: {}, isRequired: false } }), [
      "payload.consent.text"
    ])
  })

  it("takes no origin and no picture that would end a rule of the page's policy", () => {
    for (const origin of ["https://a;sandbox", "https://a,b.example", "https://a'b.example"]) {
      assert.strictEqual(URL.parse(origin)?.origin, origin)
      assert.isFalse(fits({ mechanic: "wheel", embedOrigins: [origin] }), origin)
      const page = { mechanic: "wheel", theme: { logo: `${origin}/logo.svg` } } as const
      assert.deepStrictEqual(pathsOf(page, ["*"]), ["payload.theme.logo"], origin)
    }
    for (const origin of [
      "*",
      "http://localhost:8080",
      "https://xn--e1afmkfd.example",
      "HTTPS://Shop.Example",
      "http://[::1]:80"
    ]) {
      assert.strictEqual(fits({ mechanic: "wheel", embedOrigins: [origin] }), !origin.endsWith(":80"), origin)
    }
  })

  it("takes pictures of this service and of allowed origins only", () => {
    const logo = (url: string) => ({ mechanic: "memory", theme: { logo: url } }) as const
    const cdn = ["https://cdn.brand.example"]
    for (const url of ["/assets/logo.svg", "https://cdn.brand.example/logo.svg"]) {
      assert.deepStrictEqual(pathsOf(logo(url), cdn), [], url)
    }
    for (const url of [
      "https://other.example/logo.svg",
      "//cdn.brand.example/logo.svg",
      "/\\cdn.brand.example",
      "javascript:alert(1)",
      "https://u:p@cdn.brand.example/logo.svg",
      "logo.svg"
    ]) {
      assert.deepStrictEqual(pathsOf(logo(url), cdn), ["payload.theme.logo"], url)
    }
    assert.deepStrictEqual(pathsOf(logo("https://other.example/x.png"), ["*"]), [])
    assert.deepStrictEqual(pathsOf(logo("http://other.example/x.png"), ["*"]), ["payload.theme.logo"])
  })

  it("names the colours that are too close, and how close", () => {
    const fault = contrastFault(pageOf({ mechanic: "memory", theme: { accent: "#ff7c9e" } }).theme)
    assert.deepInclude(fault, { text: "onAccent", ground: "accent", ratio: 2.43 })
    assert.deepInclude(contrastFault(pageOf({ mechanic: "memory", theme: { ink: "#aaa" } }).theme), {
      text: "ink",
      ground: "paper"
    })
  })

  it("is written in one way", () => {
    const { embedOrigins, segments, theme } = pageOf({
      mechanic: "wheel",
      theme: { accent: "#B13" },
      segments: [{ ...two[0]!, colour: "#ABC" }, two[1]!],
      embedOrigins: ["https://Shop.example", "https://shop.example", "*"]
    })
    assert.deepStrictEqual([theme.accent, segments[0]?.colour], ["#bb1133", "#aabbcc"])
    assert.deepStrictEqual(embedOrigins, ["https://shop.example", "*"])
  })

  it("is refused in parts that nothing could be done with", () => {
    assert.isTrue(fits({ mechanic: "wheel", embedOrigins: ["https://shop.example", "*"] }))
    for (const sent of [
      {},
      { mechanic: "roulette" },
      { mechanic: "wheel", colour: "red" },
      { mechanic: "wheel", languages: [] },
      { mechanic: "wheel", languages: ["not a tag"] },
      { mechanic: "wheel", segments: [{ ...two[0], weight: 0.5 }] },
      { mechanic: "wheel", segments: [{ ...two[0], weight: -1 }] },
      { mechanic: "wheel", theme: { accent: "red" } },
      { mechanic: "wheel", theme: { accent: "#b3123f;}" } },
      { mechanic: "wheel", embedOrigins: ["https://shop.example/path"] },
      { mechanic: "wheel", embedOrigins: ["https://*.shop.example"] },
      { mechanic: "wheel", embedOrigins: ["https://shop.example; script-src *"] },
      { mechanic: "memory", settings: { pairs: 2 } }
    ]) {
      assert.isFalse(fits(sent), JSON.stringify(sent))
    }
  })
})
