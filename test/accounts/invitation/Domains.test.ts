import { assert, it } from "@effect/vitest"
import { Option } from "effect"
import { domainOf, domains } from "../../../src/accounts/registration/Domains.ts"
import { keyOf } from "../../../src/players/Email.ts"

const { parse } = domains("X", { default: "", description: "" })

it("domains are compared as addresses have them", () => {
  for (const [text, found] of [
    ["", []],
    ["brand.example", ["brand.example"]],
    [" Brand.EXAMPLE ,, Bücher.example ", ["brand.example", "xn--bcher-kva.example"]],
    ["bücher.example,xn--bcher-kva.example", ["xn--bcher-kva.example"]]
  ] as const) {
    assert.deepStrictEqual(
      Option.map(parse(text), (set) => [...set]),
      Option.some([...found]),
      text
    )
  }
  for (const text of ["*", "*.brand.example", "@brand.example", "a@brand.example", "brand", "brand.example.", "a b"]) {
    assert.isTrue(Option.isNone(parse(text)), text)
  }
  assert.strictEqual(domainOf(keyOf("Nora@BÜCHER.example")), "xn--bcher-kva.example")
})
