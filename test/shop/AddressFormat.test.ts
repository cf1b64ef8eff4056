import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  type AddressPart,
  addressParts,
  faultsOf,
  formatOf,
  labelOf,
  type PostalAddress,
  tidied
} from "../../src/shop/address/AddressFormat.ts"
import data from "../../src/shop/address/Countries.json" with { type: "json" }

const countries = Object.keys(data.countries).filter((country) => country !== "ZZ")

const faults = (address: PostalAddress) => faultsOf(address).map(({ part }) => part)

const dublin: PostalAddress = {
  recipient: "Nora Byrne",
  lines: ["2 Main Street"],
  city: "Dublin 2",
  region: "Co. Dublin",
  country: "IE"
}
const tokyo: PostalAddress = {
  recipient: "山田花子",
  lines: ["千代田区丸の内1-1"],
  region: "東京都",
  postalCode: "100-0005",
  country: "JP"
}
const kowloon: PostalAddress = {
  recipient: "Chan Tai Man",
  lines: ["Flat 1, 2 Nathan Road"],
  city: "Tsim Sha Tsui",
  region: "Kowloon",
  country: "HK"
}

describe("an address", () => {
  it("of Ireland may have a postcode, which is checked, and need not", () => {
    assert.deepStrictEqual(faults(dublin), [])
    assert.deepStrictEqual(faults({ ...dublin, postalCode: "d02 x285" }), [])
    assert.deepStrictEqual(faults({ ...dublin, postalCode: "D02X285" }), [])
    assert.deepStrictEqual(faults({ ...dublin, postalCode: "2" }), ["postalCode"])
    assert.strictEqual(labelOf({ ...dublin, postalCode: "d02 x285" }).at(-1), "Co. Dublin D02 X285")
    assert.strictEqual(formatOf("IE")?.names.postalCode, "eircode")
  })

  it("of a country without postcodes has none", () => {
    assert.deepStrictEqual(faults(kowloon), [])
    assert.deepStrictEqual(faults({ ...kowloon, postalCode: "999077" }), ["postalCode"])
    const dubai = { recipient: "Nora", lines: ["1 Creek Road"], region: "Dubai", country: "AE" }
    assert.deepStrictEqual(faults(dubai), [])
    assert.deepStrictEqual(faults({ ...dubai, postalCode: "00000" }), ["postalCode"])
  })

  it("of Japan goes from the large to the small", () => {
    assert.deepStrictEqual(faults(tokyo), [])
    assert.deepStrictEqual(labelOf(tokyo), ["〒100-0005", "東京都", "千代田区丸の内1-1", "山田花子"])
    assert.strictEqual(tidied({ ...tokyo, postalCode: " １００-０００５ " }).postalCode, "100-0005")
  })

  it("of Tokyo does not lose its ward: where there is no place for it, it is refused", () => {
    assert.deepStrictEqual(faultsOf({ ...tokyo, city: "千代田区" }), [
      { part: "city", message: "Addresses of the country have no such part: write it into `lines`, or leave it out" }
    ])
    assert.deepStrictEqual(faults({ ...tokyo, dependentLocality: "丸の内" }), ["dependentLocality"])
  })

  it("of Hong Kong has its district on the label", () => {
    assert.deepStrictEqual(labelOf(kowloon), ["KOWLOON", "Tsim Sha Tsui", "Flat 1, 2 Nathan Road", "Chan Tai Man"])
    assert.deepStrictEqual(faults({ ...kowloon, dependentLocality: "Yau Tsim Mong" }), ["dependentLocality"])
  })

  it("needs what its country needs", () => {
    const address = { recipient: " ", lines: ["", "  "], country: "US" }
    assert.deepStrictEqual(faults(address), ["recipient", "lines", "city", "region", "postalCode"])
    const whole = { ...address, recipient: "Nora", lines: ["1 Main St"], city: "Reno", region: "NV" }
    assert.deepStrictEqual(faults(whole), ["postalCode"])
    assert.deepStrictEqual(faults({ ...whole, postalCode: "8950" }), ["postalCode"])
    assert.deepStrictEqual(faults({ ...whole, postalCode: "89501" }), [])
    assert.deepStrictEqual(labelOf({ ...whole, postalCode: "89501" }), ["Nora", "1 Main St", "RENO, NV 89501"])
  })

  it("has marks only between what is there", () => {
    const reno = { recipient: "Nora", lines: ["1 Main St"], city: "Reno", country: "US" }
    assert.deepStrictEqual(labelOf({ ...reno, postalCode: "89501" }).at(-1), "RENO 89501")
    assert.deepStrictEqual(labelOf(reno).at(-1), "RENO")
    assert.deepStrictEqual(labelOf({ ...reno, country: "SE" }).at(-1), "RENO")
    const gibraltar = { recipient: "Nora", lines: ["1 Main St"], country: "GI" }
    assert.deepStrictEqual(labelOf(gibraltar), ["Nora", "1 Main St", "GIBRALTAR"])
    assert.deepStrictEqual(faults(gibraltar), [])
    const singapore = { recipient: "Nora", lines: ["1 Orchard Road"], postalCode: "238823", country: "SG" }
    assert.deepStrictEqual(labelOf(singapore).at(-1), "SINGAPORE 238823")
  })

  it("is of a country that there is", () => {
    for (const country of ["", "ZZ", "XX", "ie", "__proto__", "constructor", "IRL"]) {
      assert.deepStrictEqual(faults({ ...dublin, country }), ["country"], country)
      assert.isUndefined(formatOf(country))
    }
  })
})

describe("the format of every country", () => {
  it("has a place for all that it demands, knows its own example, and names no part twice", () => {
    assert.isAbove(countries.length, 250)
    for (const country of countries) {
      const format = formatOf(country) ?? assert.fail(country)
      assert.deepStrictEqual(format.parts, [...new Set(format.parts)], country)
      for (const part of ["recipient", "lines", ...format.required] as const)
        assert.include(format.parts, part, country)
      const texts = format.layout.flat().flatMap((piece) => ("text" in piece ? [piece.text] : []))
      for (const text of texts) assert.notInclude(text, "%", country)
      const { example, pattern } = format.postalCode ?? {}
      if (pattern !== undefined && example !== undefined) assert.match(example, pattern, country)
    }
  })

  const text = fc.stringMatching(/^[A-Z][a-z]{3,12}$/)
  const whole = fc
    .record({
      country: fc.constantFrom(...countries),
      recipient: text,
      organization: text,
      lines: fc.array(text, { minLength: 1, maxLength: 4 }),
      dependentLocality: text,
      city: text,
      region: text
    })
    .map((address): PostalAddress => {
      const format = formatOf(address.country)!
      const kept = Object.entries(address).filter(
        ([key]) => key === "country" || format.parts.includes(key as AddressPart)
      )
      const postalCode = format.parts.includes("postalCode") ? (format.postalCode?.example ?? "1") : undefined
      return { ...Object.fromEntries(kept), ...(postalCode === undefined ? {} : { postalCode }) } as PostalAddress
    })

  it("takes an address with all of its parts, and puts every one of them on the label", () => {
    fc.assert(
      fc.property(whole, (address) => {
        assert.deepStrictEqual(faultsOf(address), [])
        const label = labelOf(address).join("\n").toUpperCase()
        for (const part of addressParts) {
          for (const value of [address[part] ?? []].flat()) assert.include(label, value.toUpperCase(), part)
        }
      })
    )
  })

  it("refuses an address exactly for the parts that are missing", () => {
    fc.assert(
      fc.property(whole, fc.subarray([...addressParts]), (address, dropped) => {
        const rest = Object.fromEntries(
          Object.entries(address).map(([key, value]) =>
            dropped.includes(key as AddressPart) ? [key, key === "lines" ? [] : ""] : [key, value]
          )
        ) as unknown as PostalAddress
        const required = formatOf(address.country)!.required
        assert.sameMembers(
          faults(rest),
          dropped.filter((part) => required.has(part))
        )
      })
    )
  })

  it("answers any text within bounds, and the same again once tidied", () => {
    const any = fc.string({ unit: "binary", maxLength: 40 })
    const address = fc.record({
      country: fc.constantFrom(...countries),
      recipient: any,
      organization: any,
      lines: fc.array(any, { maxLength: 4 }),
      dependentLocality: any,
      city: any,
      region: any,
      postalCode: any
    })
    fc.assert(
      fc.property(address, (one) => {
        const once = tidied(one)
        assert.deepStrictEqual(tidied(once), once)
        assert.deepStrictEqual(faultsOf(once), faultsOf(one))
      })
    )
  })
})
