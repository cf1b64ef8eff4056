import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Overloaded, TooManyRequests } from "../platform/contract/Problems.ts"
import { CountryNotFound } from "./ShopErrors.ts"

const Country = Schema.String.annotate({
  description: "Two letters of ISO 3166-1, in capitals or not.",
  examples: ["IE"]
}).check(Schema.isPattern(/^[A-Za-z]{2}$/u, { message: "Expected the two letters of a country" }))

const Part = Schema.Literals([
  "recipient",
  "organization",
  "lines",
  "dependentLocality",
  "city",
  "region",
  "postalCode"
]).annotate({ description: "A part of an address.", examples: ["city"] })

const name = (what: string, example: string) =>
  Schema.optionalKey(Schema.String.annotate({ description: what, examples: [example] }))

const Format = Schema.Struct({
  country: Schema.String.annotate({ description: "The two letters, in capitals.", examples: ["IE"] }),
  layout: Schema.Array(Schema.Array(Part)).annotate({
    description:
      "The lines of an address from top to bottom, each with its parts. A part that is not among them is refused.",
    examples: [[["recipient"], ["organization"], ["lines"], ["dependentLocality"], ["city"], ["region", "postalCode"]]]
  }),
  required: Schema.Array(Part).annotate({
    description: "Parts that an address needs.",
    examples: [["recipient", "lines", "city"]]
  }),
  postalCode: Schema.NullOr(
    Schema.Struct({
      pattern: Schema.String.annotate({
        description: "A regular expression of ECMAScript for the whole postal code in capitals.",
        examples: ["^(?:[\\dA-Z]{3} ?[\\dA-Z]{4})$"]
      }),
      example: Schema.NullOr(
        Schema.String.annotate({ description: "A postal code.", examples: ["A65 F4E2"] })
      ).annotate({ description: "A postal code; null: none is known.", examples: ["A65 F4E2"] })
    }).annotate({ identifier: "PostalCodeFormat", description: "What postal codes of a country look like." })
  ).annotate({ description: "What its postal codes look like; null: it has none, or nothing is known of them." }),
  names: Schema.Struct({
    dependentLocality: name("Such as `townland`.", "townland"),
    city: name("Such as `district`.", "district"),
    region: name("Such as `prefecture`.", "county"),
    postalCode: name("Such as `eircode`.", "eircode")
  }).annotate({ identifier: "AddressPartNames", description: "What parts are called there, where it is not as usual." })
}).annotate({ identifier: "AddressFormat", description: "How addresses of a country are written." })

/** How addresses are written, for forms. */
export class AddressFormatsApi extends HttpApiGroup.make("addressFormats")
  .add(
    HttpApiEndpoint.get("get", "/:country", {
      params: { country: Country },
      success: Format,
      error: [CountryNotFound, Overloaded, TooManyRequests]
    })
      .annotate(OpenApi.Summary, "Show a country's address format")
      .annotate(
        OpenApi.Description,
        "Which parts an address has there, in which order they are written, which of them are needed, and what a postal code looks like."
      )
  )
  .prefix("/api/v1/address-formats")
  .annotate(OpenApi.Description, "How addresses of a country are written.") {}
