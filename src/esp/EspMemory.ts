import { Clock, Context, Effect, Layer } from "effect"
import { created, EspClient, type EspContact, type EspError, existed, plain, type Registration } from "./EspClient.ts"

/**
 * What one call does. `register` is what an ESP in good order would do: run it, or not, before or after anything else. So
 * `(register) => Effect.andThen(register, Effect.fail(…))` acts and loses the answer, and `() => Effect.never` hangs.
 */
export type Behaviour = (register: Effect.Effect<Registration>) => Effect.Effect<Registration, EspError>

/** A call that the ESP has seen; `at` is the clock's time in milliseconds. */
export interface Call {
  readonly contact: EspContact
  readonly at: number
}

/** The hands of a test on an ESP that lives in memory and has one connection, `sandbox`, with one attribute. Addresses are normalised. */
export class EspMemory extends Context.Service<
  EspMemory,
  {
    /** What the next calls for the address do, one each. After them it is in good order again. */
    readonly next: (address: string, ...behaviours: ReadonlyArray<Behaviour>) => Effect.Effect<void>
    /** What all calls do that have nothing of their own from `next`; undefined: good order. */
    readonly otherwise: (behaviour: Behaviour | undefined) => Effect.Effect<void>
    /** A contact that the ESP has from elsewhere. */
    readonly add: (address: string) => Effect.Effect<void>
    readonly has: (address: string) => Effect.Effect<boolean>
    /** The calls so far, of all addresses or of one, in their order. */
    readonly calls: (address?: string) => Effect.Effect<ReadonlyArray<Call>>
  }
>()("fairground/esp/EspMemory") {
  /** An `EspClient` for tests, with the `EspMemory` that steers it. */
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
