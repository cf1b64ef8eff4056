import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { refused, served, took } from "../accounts/people/Calls.ts"

it.live(
  "anybody may ask how addresses of a country are written",
  () =>
    Effect.gen(function* () {
      const { get } = yield* served()
      const ireland = took(yield* get(undefined, "/address-formats/ie"), 200)
      assert.deepStrictEqual(ireland, {
        country: "IE",
        layout: [["recipient"], ["organization"], ["lines"], ["dependentLocality"], ["city"], ["region", "postalCode"]],
        required: ["recipient", "lines", "city"],
        postalCode: { pattern: "^(?:[\\dA-Z]{3} ?[\\dA-Z]{4})$", example: "A65 F4E2" },
        names: { region: "county", dependentLocality: "townland", postalCode: "eircode" }
      })
      const hongKong = took(yield* get(undefined, "/address-formats/HK"), 200)
      assert.deepInclude(hongKong, { postalCode: null, names: { region: "area", city: "district" } })
      for (const country of ["XX", "ZZ"]) {
        refused(yield* get(undefined, `/address-formats/${country}`), 404, "country-not-found")
      }
      for (const country of ["IRL", "1E", "I-", "__"]) {
        refused(yield* get(undefined, `/address-formats/${country}`), 400, "validation-failed")
      }
    }).pipe(Effect.scoped),
  60_000
)
