import type { Schema } from "../contract/Contract.ts"
import type { Seeded } from "../random/Seeded.ts"
import { oddNumber, oddText } from "./Texts.ts"
import { validValue } from "./Values.ts"

/** JSON text that is inserted verbatim, because `JSON.stringify` would not write it. */
class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const write = (value: unknown): string => {
  if (value instanceof Raw) return value.text
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([name, inner]) => `${JSON.stringify(name)}:${write(inner)}`)
      .join(",")}}`
  }
  return JSON.stringify(value) ?? "null"
}

const deep = (random: Seeded): Raw => {
  const depth = random.pick([10, 31, 33, 200, 999, 1001, 3000])
  const [open, close] = random.pick([
    ["[", "]"],
    [`{"a":`, "}"]
  ] as const)
  return new Raw(
    `${open.repeat(depth)}${random.chance(0.5) ? "1" : "null"}${random.chance(0.9) ? close.repeat(depth) : ""}`
  )
}

const wrong = (random: Seeded): unknown =>
  random.pick<() => unknown>([
    () => null,
    () => random.chance(0.5),
    () => 7,
    () => "text",
    () => [],
    () => ({}),
    () => [[{ a: null }]],
    () => new Raw(oddNumber(random)),
    () => oddText(random),
    () => deep(random),
    () => Array.from({ length: random.int(1, 1500) }, () => 0)
  ])()

/** Changes a value somewhere inside, at a place that is chosen on the way down. */
const within = (value: unknown, random: Seeded, change: (inner: unknown) => unknown): unknown => {
  const isLeaf = typeof value !== "object" || value === null || value instanceof Raw
  if (isLeaf || random.chance(0.25)) return change(value)
  if (Array.isArray(value)) {
    if (value.length === 0) return change(value)
    const place = random.int(0, value.length - 1)
    return value.map((inner: unknown, index) => (index === place ? within(inner, random, change) : inner))
  }
  const names = Object.keys(value)
  if (names.length === 0) return change(value)
  const name = random.pick(names)
  return { ...value, [name]: within((value as Record<string, unknown>)[name], random, change) }
}

const edits: Readonly<Record<string, (value: unknown, random: Seeded) => unknown>> = {
  type: (value, random) => within(value, random, () => wrong(random)),
  text: (value, random) => within(value, random, (inner) => (typeof inner === "string" ? oddText(random) : inner)),
  number: (value, random) => within(value, random, () => new Raw(oddNumber(random))),
  missing: (value, random) =>
    within(value, random, (inner) => {
      if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return undefined
      const gone = random.pick([...Object.keys(inner), ""])
      return Object.fromEntries(Object.entries(inner).filter(([name]) => name !== gone))
    }),
  extra: (value, random) =>
    within(value, random, (inner) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? new Raw(
            write(inner).replace(
              /\}$/,
              `${Object.keys(inner).length === 0 ? "" : ","}${JSON.stringify(oddText(random))}:${write(wrong(random))}}`
            )
          )
        : inner
    ),
  twice: (value) => {
    const text = write(value)
    return text.startsWith("{") && text.length > 2 ? new Raw(`{${text.slice(1, -1)},${text.slice(1)}`) : value
  },
  deep: (value, random) => within(value, random, () => deep(random))
}

/** Bodies that are not JSON or not UTF-8. */
const bytes: Readonly<Record<string, (text: string, random: Seeded) => Buffer>> = {
  empty: () => Buffer.alloc(0),
  bom: (text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
  utf16: (text) => Buffer.from(text, "utf16le"),
  latin1: (text) => Buffer.from(text.replace(/[a-z]/, "é"), "latin1"),
  overlong: (text, random) =>
    Buffer.from(
      text.replace(
        /[a-z]/,
        random.pick(["\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xfe", "\x80"])
      ),
      "latin1"
    ),
  cut: (text, random) => Buffer.from(text).subarray(0, random.int(0, Buffer.byteLength(text))),
  trailing: (text, random) => Buffer.from(text + random.pick(["}", "\0", " x", text, "//c", "\n\n\n"])),
  padded: (text, random) =>
    Buffer.from(random.pick([" ", "\n", "\t", "\u00a0", "\f"]).repeat(random.int(1, 20_000)) + text),
  flipped: (text, random) => {
    const changed = Buffer.from(text)
    for (let count = random.int(1, 5); count > 0 && changed.length > 0; count--) {
      changed[random.int(0, changed.length - 1)] = random.int(0, 255)
    }
    return changed
  },
  noise: (_, random) => Buffer.from(Array.from({ length: random.int(1, 400) }, () => random.int(0, 255)))
}

export interface FuzzedBody {
  readonly kind: string
  readonly bytes: Buffer
}

/** A body for this schema, either valid or with a mistake. */
export const fuzzedBody = (schema: Schema, random: Seeded): FuzzedBody => {
  const valid = validValue(schema, random)
  const draw = random.next()
  if (draw < 0.15) return { kind: "valid", bytes: Buffer.from(write(valid)) }
  if (draw < 0.75) {
    const [kind, edit] = random.pick(Object.entries(edits))
    let value = edit(valid, random)
    if (random.chance(0.3)) value = edit(value, random)
    return { kind: `body-${kind}`, bytes: Buffer.from(write(value)) }
  }
  const [kind, make] = random.pick(Object.entries(bytes))
  return { kind: `bytes-${kind}`, bytes: make(write(valid), random) }
}
