import { contract, type Schema } from "../contract/Contract.ts"
import type { Seeded } from "../random/Seeded.ts"

/** Part of every address that the attack sends. It must not appear in a log. */
export const addressMark = "zq7player"

/** An address from a small set, so that players return. */
export const address = (random: Seeded): string => `${addressMark}${random.int(0, 400)}@crowd.example`

/** A value that the contract accepts. Optional fields are included at random. */
export const validValue = (given: Schema, random: Seeded): unknown => {
  const schema = contract.resolve(given)
  const choices = schema.oneOf ?? schema.anyOf
  if (choices !== undefined) return validValue(random.pick(choices), random)
  if (schema.enum !== undefined) return random.pick(schema.enum)
  if (schema.title === "Email address") return address(random)
  if (schema.properties !== undefined) {
    const { properties, required = [] } = schema
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => required.includes(name) || random.chance(0.4))
        .map(([name, inner]) => [name, validValue(inner, random)])
    )
  }
  if (schema.type === "array") {
    const count = random.int(schema.minItems ?? 0, Math.min(schema.maxItems ?? 4, 4))
    return Array.from({ length: count }, () => validValue(schema.items ?? {}, random))
  }
  if (schema.type === "integer") {
    const least = schema.minimum ?? 0
    return random.int(least, Math.min(schema.maximum ?? 1000, least + 1))
  }
  if (schema.type === "null") return null
  if (schema.type === "boolean") return random.chance(0.5)
  return schema.examples === undefined || schema.examples.length === 0 ? "text" : random.pick(schema.examples)
}
