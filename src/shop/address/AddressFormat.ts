import countries from "./Countries.json" with { type: "json" }
import { postalCodes } from "./PostalCodes.ts"

/** The parts of a postal address that differ by country; `lines` are street, house and what else leads to the door. */
export const addressParts = [
  "recipient",
  "organization",
  "lines",
  "dependentLocality",
  "city",
  "region",
  "postalCode"
] as const
export type AddressPart = (typeof addressParts)[number]

/** An address as it is written in its country. */
export interface PostalAddress {
  readonly recipient: string
  readonly organization?: string | undefined
  readonly lines: ReadonlyArray<string>
  readonly dependentLocality?: string | undefined
  readonly city?: string | undefined
  readonly region?: string | undefined
  readonly postalCode?: string | undefined
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly country: string
}

/** A part, or text that stands as it is. */
type Piece = { readonly part: AddressPart } | { readonly text: string }

export interface AddressFormat {
  readonly country: string
  /** The lines of an address from top to bottom. */
  readonly layout: ReadonlyArray<ReadonlyArray<Piece>>
  /** The parts of the layout, each once, in its order. */
  readonly parts: ReadonlyArray<AddressPart>
  readonly required: ReadonlySet<AddressPart>
  /** Parts that are printed in capitals. */
  readonly capitals: ReadonlySet<AddressPart>
  /** What a whole postal code is, in capitals; undefined: there is none, or nothing is known of it. */
  readonly postalCode: { readonly pattern: RegExp; readonly example: string | undefined } | undefined
  /** What parts are called there: `prefecture`, `district`, `eircode`. */
  readonly names: Partial<Record<AddressPart, string>>
}

interface Row {
  readonly format?: string
  readonly required?: string
  readonly upper?: string
  readonly example?: string
  readonly names?: Partial<Record<AddressPart, string>>
}

const rows = new Map(Object.entries<Row>(countries.countries))

/** The letters of the data. */
const letters: Readonly<Record<string, AddressPart>> = {
  N: "recipient",
  O: "organization",
  A: "lines",
  D: "dependentLocality",
  C: "city",
  S: "region",
  Z: "postalCode"
}

const partsOf = (text: string): ReadonlyArray<AddressPart> => text.split("").flatMap((letter) => letters[letter] ?? [])

const layoutOf = (format: string): AddressFormat["layout"] =>
  format.split("%n").map((line) =>
    line
      .split(/(%[A-Z])/u)
      .filter((piece) => piece !== "")
      .map((piece): Piece => {
        const part = piece.startsWith("%") ? letters[piece.slice(1)] : undefined
        return part === undefined ? { text: piece } : { part }
      })
  )

const made = new Map<string, AddressFormat>()

/** The row of no country: what holds where a country's row says nothing. */
const usual = "ZZ"

/** How addresses of a country are written; undefined: there is no such country. */
export const formatOf = (country: string): AddressFormat | undefined => {
  const row = country === usual ? undefined : rows.get(country)
  if (row === undefined) return undefined
  const known = made.get(country)
  if (known !== undefined) return known
  const all = { ...rows.get(usual), ...row }
  const layout = layoutOf(all.format ?? "")
  const parts = layout.flat().flatMap((piece) => ("part" in piece ? [piece.part] : []))
  // Some rows demand what they have no place for.
  const among = (text = "") => new Set(partsOf(text).filter((part) => parts.includes(part)))
  const pattern = postalCodes[country]
  const format: AddressFormat = {
    country,
    layout,
    parts,
    required: new Set<AddressPart>(["recipient", ...among(all.required)]),
    capitals: among(all.upper),
    postalCode: pattern === undefined || !parts.includes("postalCode") ? undefined : { pattern, example: row.example },
    names: row.names ?? {}
  }
  made.set(country, format)
  return format
}

const textsOf = (address: PostalAddress, part: AddressPart): ReadonlyArray<string> => {
  const value = address[part]
  return (typeof value === "string" ? [value] : (value ?? [])).filter((text) => text.trim() !== "")
}

/**
 * The address with its texts trimmed and empty ones left out, and a postal code in capitals and in the usual width. Nothing else is
 * changed, and no part moves to another.
 */
export const tidied = (address: PostalAddress): PostalAddress => {
  const one = (part: AddressPart) => textsOf(address, part)[0]?.trim()
  const [organization, dependentLocality, city, region] = [
    one("organization"),
    one("dependentLocality"),
    one("city"),
    one("region")
  ]
  const postalCode = one("postalCode")?.normalize("NFKC").toUpperCase()
  return {
    recipient: one("recipient") ?? "",
    lines: textsOf(address, "lines").map((line) => line.trim()),
    country: address.country,
    ...(organization === undefined ? {} : { organization }),
    ...(dependentLocality === undefined ? {} : { dependentLocality }),
    ...(city === undefined ? {} : { city }),
    ...(region === undefined ? {} : { region }),
    ...(postalCode === undefined ? {} : { postalCode })
  }
}

/** What is wrong with a part of an address, for the `errors` of a problem. */
export interface AddressFault {
  readonly part: AddressPart | "country"
  readonly message: string
}

/**
 * What is wrong with an address by its country's format; empty: nothing. A part that the format has no place for is wrong too:
 * it would be missing on the label, and the parcel would not arrive.
 */
export const faultsOf = (address: PostalAddress): ReadonlyArray<AddressFault> => {
  const format = formatOf(address.country)
  if (format === undefined) return [{ part: "country", message: "Expected the two letters of a country" }]
  const { postalCode, ...rest } = tidied(address)
  const clean = { ...rest, postalCode }
  return addressParts.flatMap((part): ReadonlyArray<AddressFault> => {
    const isThere = textsOf(clean, part).length > 0
    if (!isThere) return format.required.has(part) ? [{ part, message: "Addresses of the country need it" }] : []
    if (!format.parts.includes(part)) {
      return [{ part, message: "Addresses of the country have no such part: write it into `lines`, or leave it out" }]
    }
    const { pattern, example } = format.postalCode ?? {}
    if (part !== "postalCode" || pattern === undefined || pattern.test(postalCode ?? "")) return []
    return [
      { part, message: `Expected a postal code of the country${example === undefined ? "" : `, such as ${example}`}` }
    ]
  })
}

/** A line of a label: the text between two parts stands only where both are, and a line without any of its parts is left out. */
const lineOf = (line: ReadonlyArray<Piece>, textOf: (part: AddressPart) => string): string => {
  if (!line.some((piece) => "part" in piece)) return line.map((piece) => ("text" in piece ? piece.text : "")).join("")
  const isMissing = (piece: Piece | undefined) => piece !== undefined && "part" in piece && textOf(piece.part) === ""
  return line
    .map((piece, at) => {
      if ("part" in piece) return textOf(piece.part)
      if (!isMissing(line[at - 1]) && !isMissing(line[at + 1])) return piece.text
      // Between two parts a space is enough where one of them is missing, and at the ends it is trimmed.
      return /^\s|\s$/u.test(piece.text) ? " " : ""
    })
    .join("")
    .replaceAll(/ {2,}/gu, " ")
    .trim()
}

/** The lines of a label from top to bottom, without the country. Throws where there is no such country. */
export const labelOf = (address: PostalAddress): ReadonlyArray<string> => {
  const format = formatOf(address.country)
  if (format === undefined) throw new Error(`there is no country ${address.country}`)
  const clean = tidied(address)
  const textOf = (part: AddressPart): string => {
    const text = textsOf(clean, part).join("\n")
    return format.capitals.has(part) ? text.toUpperCase() : text
  }
  return format.layout
    .map((line) => lineOf(line, textOf))
    .flatMap((line) => line.split("\n"))
    .filter((line) => line !== "")
}
