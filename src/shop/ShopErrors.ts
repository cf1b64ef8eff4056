import { Problem } from "../platform/contract/Problem.ts"

/** 404: no country has this code. */
export class CountryNotFound extends Problem<CountryNotFound>()("CountryNotFound", {
  name: "country-not-found",
  status: 404,
  title: "There is no such country",
  explanation:
    "The path ends with the two letters of a country by ISO 3166-1, such as `IE`. No format of addresses is known for these."
}) {}
