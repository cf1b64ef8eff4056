import { Clock, Context, Effect, Layer } from "effect"
import {
  created,
  EspClient,
  type EspContact,
  type EspError,
  existed,
  plain,
  type Registration
} from "../../../src/esp/EspClient.ts"

/**
 * What one call does. `register` is the work of a healthy ESP; a behaviour runs it or not, before or after anything else.
 * `(register) => Effect.andThen(register, Effect.fail(…))` acts and loses the answer; `() => Effect.never` hangs.
 */
export type Behaviour = (register: Effect.Effect<Registration>) => Effect.Effect<Registration, EspError>

/** A call that the ESP received; `at` is the clock's time in milliseconds. */
export interface Call {
  readonly contact: EspContact
  readonly at: number
}

/** Lets a test steer an in-memory ESP with one connection, `sandbox`, that has one attribute. Addresses are normalised. */
export class EspMemory extends Context.Service<
  EspMemory,
  {
    /** The behaviours of the next calls for the address, one each. Later calls use `otherwise`. */
    readonly next: (address: string, ...behaviours: ReadonlyArray<Behaviour>) => Effect.Effect<void>
    /** The behaviour of all calls that `next` does not set; undefined: a healthy ESP. */
    readonly otherwise: (behaviour: Behaviour | undefined) => Effect.Effect<void>
    /** Adds a contact that the ESP got from elsewhere. */
    readonly add: (address: string) => Effect.Effect<void>
    readonly has: (address: string) => Effect.Effect<boolean>
    /** The calls so far, for all addresses or for one, in order. */
    readonly calls: (address?: string) => Effect.Effect<ReadonlyArray<Call>>
  }
>()("fairground/esp/EspMemory") {
  /** An `EspClient` for tests and the `EspMemory` that steers it. */
  static readonly layer = Layer.effectContext(
    Effect.sync(() => {
      const contacts = new Set<string>()
      const scripts = new Map<string, Array<Behaviour>>()
      const calls: Array<Call> = []
      let otherwise: Behaviour = (register) => register

      const add = (address: string) =>
        Effect.sync((): Registration => {
          if (contacts.has(address)) return existed()
          contacts.add(address)
          return created()
        })
      const register = Effect.fnUntraced(function* (contact: EspContact) {
        calls.push({ contact, at: yield* Clock.currentTimeMillis })
        const behaviour = scripts.get(contact.emailKey)?.shift() ?? otherwise
        return yield* behaviour(add(contact.emailKey))
      })

      const sandbox = { ...plain(register), attributes: { PRIZE: "data.prize" } }

      return Context.make(EspClient, EspClient.dispatch(new Map([["sandbox", sandbox]]))).pipe(
        Context.add(EspMemory, {
          next: (address, ...behaviours) =>
            Effect.sync(() => {
              scripts.set(address, [...(scripts.get(address) ?? []), ...behaviours])
            }),
          otherwise: (behaviour) =>
            Effect.sync(() => {
              otherwise = behaviour ?? ((register) => register)
            }),
          add: (address) => Effect.asVoid(add(address)),
          has: (address) => Effect.sync(() => contacts.has(address)),
          calls: (address) =>
            Effect.sync(() => calls.filter(({ contact }) => address === undefined || contact.emailKey === address))
        })
      )
    })
  )
}
