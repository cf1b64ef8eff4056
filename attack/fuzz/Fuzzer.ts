import type { Asked } from "../contract/Judge.ts"
import type { Seeded } from "../random/Seeded.ts"
import type { Step } from "../wire/Exchange.ts"
import { type Draft, draft, type Known, render } from "./Draft.ts"
import { withOddHead } from "./Heads.ts"

/** What one client does on one connection, and what it may expect. */
export interface FuzzCase {
  readonly kind: string
  readonly steps: ReadonlyArray<Step>
  readonly asked: ReadonlyArray<Asked>
  /** Every request is complete, so each must be answered, unless an earlier answer closed the connection. */
  readonly isComplete: boolean
  /** Whether the answer may take any time, as a long poll or a stream does. */
  readonly mayLast: boolean
  /** How long the client waits, in milliseconds. */
  readonly patience: number
}

/** The shortest timeouts that the replicas get for requests that do not arrive: see `Replica.ts`. */
export const timeouts = { header: 2000, request: 4000 }

const patience = timeouts.request + 8000

const send = (bytes: Buffer): Step => ({ _tag: "send", bytes })
const pause = (millis: number): Step => ({ _tag: "pause", millis })

const lasts = ({ target }: Draft) => /[?&]wait=|\/events/.test(target)

const askedOf = (drafts: ReadonlyArray<Draft>): ReadonlyArray<Asked> => {
  let isSure = true
  return drafts.map(({ isFramed, method, mustBeRefused, operation }) => {
    isSure &&= isFramed
    return isSure ? { method, operation, mustBeRefused } : { method, operation: undefined, mustBeRefused: false }
  })
}

const caseOf = (
  kind: string,
  drafts: ReadonlyArray<Draft>,
  steps: ReadonlyArray<Step>,
  isComplete = true
): FuzzCase => ({
  kind,
  steps,
  asked: askedOf(drafts),
  isComplete: isComplete && drafts.every(({ isFramed }) => isFramed),
  mayLast: drafts.some(lasts),
  patience: drafts.some(lasts) ? 1200 : patience
})

/** Cuts the bytes into pieces of random sizes. */
const pieces = (bytes: Buffer, count: number, millis: number, random: Seeded): ReadonlyArray<Step> => {
  const cuts = Array.from({ length: count }, () => random.int(0, bytes.length)).toSorted((one, other) => one - other)
  return [0, ...cuts].flatMap((from, index) => [send(bytes.subarray(from, cuts[index] ?? bytes.length)), pause(millis)])
}

const chunked = (given: Draft, random: Seeded): Draft => {
  if (given.body === undefined) return given
  const { body } = given
  const parts: Array<Buffer> = []
  for (let at = 0; at < body.length;) {
    const size = random.int(1, Math.max(1, body.length - at))
    const extension = random.chance(0.2) ? `;a="${"b".repeat(random.int(0, 200))}"` : ""
    parts.push(Buffer.from(`${size.toString(16)}${extension}\r\n`), body.subarray(at, at + size), Buffer.from("\r\n"))
    at += size
  }
  parts.push(Buffer.from(`0\r\n${random.chance(0.2) ? "X-Trailer: 1\r\n" : ""}\r\n`))
  return { ...given, body: Buffer.concat(parts), headers: [...given.headers, ["Transfer-Encoding", "chunked"]] }
}

type Deliver = (one: Draft, random: Seeded, another: () => Draft) => FuzzCase

const deliveries: Readonly<Record<string, Deliver>> = {
  pieces: (one, random) => caseOf("pieces", [one], pieces(render(one), random.int(1, 20), random.int(0, 8), random)),
  chunked: (one, random) => caseOf("chunked", [one], [send(render(chunked(one, random)))]),
  "broken-chunks": (one, random) => {
    const broken = { ...chunked(one, random), isFramed: false }
    const text = render(broken)
      .toString("latin1")
      .replace(/\r\n([0-9a-f]+)(;|\r\n)/, `\r\n${random.pick(["zz", "-1", "fffffffff", "", "0x1"])}$2`)
    return caseOf("broken-chunks", [broken], [send(Buffer.from(text, "latin1"))], false)
  },
  pipelined: (one, random, another) => {
    const drafts = [one, ...Array.from({ length: random.pick([1, 3, 20, 100]) }, another)].filter(
      (each) => !lasts(each)
    )
    return caseOf("pipelined", drafts, [send(Buffer.concat(drafts.map(render)))])
  },
  cut: (one, random) => {
    const bytes = render(one)
    return caseOf(
      "cut",
      [one],
      [
        send(bytes.subarray(0, random.int(0, bytes.length - 1))),
        random.chance(0.5) ? { _tag: "finish" } : { _tag: "reset" }
      ],
      false
    )
  },
  "half-closed": (one) => caseOf("half-closed", [one], [send(render(one)), { _tag: "finish" }]),
  gone: (one, random) => caseOf("gone", [one], [send(render(one)), pause(random.int(0, 10)), { _tag: "reset" }], false),
  slow: (one, random) => {
    const bytes = render(one)
    const count = random.int(5, 30)
    const size = Math.ceil(bytes.length / count)
    return caseOf(
      "slow",
      [{ ...one, isFramed: false }],
      Array.from({ length: count }, (_, index) => [
        send(bytes.subarray(index * size, (index + 1) * size)),
        pause(random.int(100, 600))
      ]).flat(),
      false
    )
  },
  idle: () => ({ ...caseOf("idle", [], [], false), patience }),
  "no-reader": (one, random, another) => {
    const get = (target: string): Draft => ({
      ...one,
      method: "GET",
      target,
      body: undefined,
      headers: [["Host", "attack.example"]],
      operation: undefined,
      mustBeRefused: false,
      isFramed: true,
      version: "HTTP/1.1"
    })
    const drafts = Array.from({ length: random.pick([5, 60]) }, () =>
      random.chance(0.7) ? get(random.pick(["/docs", "/openapi.json", "/metrics"])) : another()
    ).filter((each) => !lasts(each))
    return {
      ...caseOf(
        "no-reader",
        drafts,
        [
          { _tag: "stop-reading" },
          send(Buffer.concat(drafts.map(render))),
          pause(random.int(500, 3000)),
          random.chance(0.5) ? { _tag: "reset" } : { _tag: "read-on" }
        ],
        false
      )
    }
  },
  noise: (_, random) =>
    caseOf(
      "noise",
      [],
      [send(Buffer.from(Array.from({ length: random.int(1, 3000) }, () => random.int(0, 255)))), { _tag: "finish" }],
      false
    )
}

/** The next client's actions, chosen by `random`. */
export const fuzzCase = (known: Known, random: Seeded): FuzzCase => {
  const one = () => {
    const drawn = draft(known, random)
    return random.chance(0.35) ? withOddHead(drawn, random) : drawn
  }
  const first = one()
  if (random.chance(0.65)) return caseOf(first.kind, [first], [send(render(first))])
  const [, deliver] = random.pick(Object.entries(deliveries))
  return deliver(first, random, one)
}

/** A unit of up to eight characters, repeated many times. */
const run = /(.{1,8}?)\1{20,}/gs

/** Text as a JavaScript expression, with repetitions shortened. */
const literal = (text: string): string => {
  const parts: Array<string> = []
  let at = 0
  for (const { 0: whole, 1: unit = "", index } of text.matchAll(run)) {
    if (index > at) parts.push(JSON.stringify(text.slice(at, index)))
    parts.push(`${JSON.stringify(unit)}.repeat(${whole.length / unit.length})`)
    at = index + whole.length
  }
  if (at < text.length) parts.push(JSON.stringify(text.slice(at)))
  return parts.length === 0 ? '""' : parts.join(" + ")
}

/** What a client did, for a report: bytes as JavaScript expressions in Latin-1. */
export const transcript = ({ steps }: FuzzCase): string =>
  steps
    .map((step) => {
      if (step._tag === "send") return `send ${literal(step.bytes.toString("latin1"))}`
      return step._tag === "pause" ? `wait ${step.millis} ms` : step._tag
    })
    .join("\n")
