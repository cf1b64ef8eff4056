import { assert, describe, it } from "@effect/vitest"
import { Exit, Schema } from "effect"
import { games, showcase } from "../../src/cli/DemoGames.ts"
import { mechanics, pageOf, SentPage } from "../../src/pages/GamePage.ts"
import { contrastFault, faultsOf } from "../../src/pages/PageFaults.ts"
import { spoken } from "../../src/pages/Words.ts"
import { landing } from "../../src/platform/pages/Landing.ts"

describe("the games of the demonstration", () => {
  it("are one of each mechanic, with pages as the API takes them, in all languages", () => {
    assert.sameMembers(
      games.map(({ page }) => page.mechanic),
      [...mechanics]
    )
    const decode = Schema.decodeUnknownExit(SentPage, { onExcessProperty: "error" })
    for (const { page, slug } of games) {
      assert.isTrue(Exit.isSuccess(decode(page)), slug)
      const whole = pageOf(page)
      assert.deepStrictEqual(faultsOf(whole, []), [], slug)
      assert.isUndefined(contrastFault(whole.theme), slug)
      assert.deepStrictEqual(whole.languages, spoken)
      for (const { title } of whole.segments) assert.sameMembers(Object.keys(title), [...spoken])
    }
  })

  it("stand on the first page with pictures, and nowhere else", () => {
    const shown = landing("http://localhost:8080", true, showcase)
    for (const { href } of showcase) assert.include(shown, `href="${href}"`)
    assert.lengthOf(shown.match(/<svg /g) ?? [], games.length)
    // The page's policy allows no inline style.
    assert.notMatch(shown, /<svg[^>]* style=|<[a-z]+ [^>]*style=/)
    assert.notInclude(landing("http://localhost:8080", true), "<svg ")
  })
})
