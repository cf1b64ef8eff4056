import * as fc from "fast-check"
import type { Mode } from "./FaultProxy.ts"
import type { Fault } from "./ProviderPeer.ts"

/** The players of a run: two are new to the provider, two are known there, and the provider permanently refuses the last. */
export const people = 5

export type Action =
  | { readonly _tag: "play"; readonly replica: 0 | 1; readonly who: number; readonly isLoud: boolean }
  | { readonly _tag: "settle"; readonly replica: 0 | 1 }
  | { readonly _tag: "expire" }
  | { readonly _tag: "fault"; readonly faults: ReadonlyArray<Fault> }
  | { readonly _tag: "network"; readonly mode: Mode }

const faults: ReadonlyArray<Fault> = [
  "none",
  "rate-limited",
  "key-refused",
  "trouble",
  "localised",
  "bare-429",
  "bare-403",
  "bare-500",
  "html",
  "garbage",
  "redirect",
  "cut",
  "cut-after",
  "cut-after",
  "hang",
  "hang-after",
  "hang-after",
  "half-after",
  "stall-after",
  "huge-after"
]

const modes: ReadonlyArray<Mode> = [
  { _tag: "pass" },
  { _tag: "pass" },
  { _tag: "latency", request: 30, answer: 0 },
  { _tag: "latency", request: 0, answer: 30 },
  { _tag: "latency", request: 0, answer: 300 },
  { _tag: "reset" },
  { _tag: "reset-answer" },
  { _tag: "black-hole" },
  { _tag: "refuse" }
]

const replica = fc.constantFrom<0 | 1>(0, 1)

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      _tag: fc.constant("play" as const),
      replica,
      who: fc.nat({ max: people - 1 }),
      isLoud: fc.boolean()
    })
  },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("settle" as const), replica }) },
  { weight: 2, arbitrary: fc.record({ _tag: fc.constant("expire" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      _tag: fc.constant("fault" as const),
      faults: fc.array(fc.constantFrom(...faults), { minLength: 1, maxLength: 3 })
    })
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("network" as const), mode: fc.constantFrom(...modes) }) }
)

/** Steps in sequence, each with concurrent actions. */
export const interleavings = fc.array(fc.array(action, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 8 })

export type Interleaving = typeof interleavings extends fc.Arbitrary<infer A> ? A : never
