import { assert, it } from "@effect/vitest"
import { browserName } from "../../../src/accounts/pages/BrowserName.ts"

const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)"

it("names browsers and systems as their people do", () => {
  const cases: ReadonlyArray<readonly [string, string | null]> = [
    ["Firefox, Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"],
    ["Chrome, Windows", `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/153.0.0.0 Safari/537.36`],
    ["Chrome, Android", `Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/153.0.0.0 Mobile Safari/537.36`],
    ["Edge, Windows", `Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/153.0.0.0 Safari/537.36 Edg/153.0.0.0`],
    ["Edge, Android", `Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/153.0.0.0 Mobile Safari/537.36 EdgA/153`],
    ["Safari, macOS", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/19.0 Safari/605"],
    [
      "Safari, iPhone",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"
    ],
    ["Chrome, iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) CriOS/153.0 Mobile/15E148 Safari/604.1"],
    ["curl", "curl/8.14.1"],
    ["?", ""],
    ["?", null]
  ]
  for (const [name, userAgent] of cases) assert.strictEqual(browserName(userAgent), name)
})
