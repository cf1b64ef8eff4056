import { Effect } from "effect"
import { contractOf } from "../platform/contract/Contract.ts"
import * as Handlers from "../platform/edge/Handlers.ts"
import { formatOf } from "./address/AddressFormat.ts"
import { AddressFormatsApi } from "./AddressFormatsApi.ts"
import { CountryNotFound } from "./ShopErrors.ts"

export const layer = Handlers.group(contractOf(AddressFormatsApi), "addressFormats", (handlers) =>
  handlers.handleAll({
    get: Effect.fnUntraced(function* ({ params }) {
      const format = formatOf(params.country.toUpperCase())
      if (format === undefined) return yield* new CountryNotFound({})
      const { country, layout, names, postalCode, required } = format
      return {
        country,
        layout: layout
          .map((line) => line.flatMap((piece) => ("part" in piece ? [piece.part] : [])))
          .filter(({ length }) => length > 0),
        required: [...required],
        postalCode:
          postalCode === undefined ? null : { pattern: postalCode.pattern.source, example: postalCode.example ?? null },
        names
      }
    })
  })
)
