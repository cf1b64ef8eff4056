import type { Seeded } from "../random/Seeded.ts"

const repeat = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length)

/** Kinds of text that break programs. The result holds lone surrogates as they are; JSON escapes them. */
const odd: Readonly<Record<string, (random: Seeded) => string>> = {
  empty: () => "",
  space: (random) => random.pick([" ", "\t", "\u00a0", "\u3000", "\u2028", "\u200b", "\ufeff"]),
  "half-surrogate": (random) => random.pick(["\ud800", "\udfff", "a\ud83d", "\udc00\ud800", "\ud83d\ud83d\ude00"]),
  nul: (random) => random.pick(["\0", "a\0b", "\0".repeat(50)]),
  control: (random) => random.pick(["\u0007", "\u001b[2J", "\r\nSet-Cookie: a=b", "\u007f", "\u0085", "\b\b\b"]),
  bidi: (random) => random.pick(["\u202eabc", "\u2066a\u2069", "\u061c", "\u200f".repeat(40)]),
  bom: () => "\ufeffNora",
  combining: (random) => `e${repeat("\u0301\u0328\u0e47", random.int(10, 3000))}`,
  astral: () => "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿𝔘𒈙",
  private: () => "\ue000\ufff9\ufffe\uffff\u{10ffff}",
  separator: (random) =>
    `a@${repeat(random.pick(["\u3002b", "\uff0eb", "\uff61b", "xn--", "-.", "."]), random.int(2, 250))}!`,
  dotless: (random) => random.pick(["ı@İ.example", "ß@ß.example", "ﬀ@ﬃ.example", "K@K.example"]),
  normal: () => "Ａ\u212b\u1e9b\u0323\ufb01",
  regex: (random) =>
    repeat(random.pick(["a.", "`", "aA1-", " \t", "((((", "\\"]), random.int(10, 4000)) + random.pick(["!", "", "\n"]),
  json: () => `{"$ref":"#/"}`,
  sql: () => "'; drop table play; --",
  template: () => "${7*7}{{7*7}}%s%n%x",
  prototype: (random) => random.pick(["__proto__", "constructor", "toString", "hasOwnProperty"]),
  number: (random) => random.pick(["1", "-0", "1e3", "0x10", "NaN", "١٢٣"]),
  word: (random) => random.pick(["null", "true", "undefined", "[object Object]"]),
  huge: (random) => repeat(random.pick(["x", "é", "漢", "👾"]), random.int(200, 6000)),
  enormous: (random) => repeat("y", random.int(14_000, 60_000))
}

const kinds = Object.entries(odd)

export const oddText = (random: Seeded): string => random.pick(kinds)[1](random)

/** JSON numbers at the limits of what computers can represent. */
export const oddNumber = (random: Seeded): string =>
  random.pick([
    ...[
      "0",
      "-0",
      "-0.0",
      "1e0",
      "1E+2",
      "0.1",
      "1e-7",
      "1e-400",
      "5e-324",
      "1.7976931348623157e308",
      "1e309",
      "-1e400"
    ],
    ...[
      "2147483647",
      "2147483648",
      "-2147483649",
      "4294967296",
      "9007199254740991",
      "9007199254740992",
      "9007199254740993"
    ],
    ...["9223372036854775807", "9223372036854775808", "18446744073709551616", "123456789012345678901234567890"],
    ...[
      "01",
      "+1",
      ".5",
      "1.",
      "1e",
      "0x10",
      "NaN",
      "Infinity",
      "-",
      "1_000",
      `1${"0".repeat(400)}`,
      `0.${"1".repeat(2000)}`
    ]
  ])
