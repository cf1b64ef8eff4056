import type { Effect, Scope } from "effect"
import type { Provider } from "../../../src/esp/providers/Provider.ts"
import type { Fault, ProviderPeer } from "./ProviderPeer.ts"

/** What the conformance suite is told of a provider. Each `test/support/esp/<name>/<Name>Subject.ts` exports one. */
export interface ProviderSubject {
  /** As in a connection's `provider`. */
  readonly name: string
  readonly provider: Provider
  readonly peer: Effect.Effect<ProviderPeer, never, Scope.Scope>
  /** The settings of a connection at the peer that is right, its secrets by reference. */
  readonly settings: (url: string) => { readonly [field: string]: unknown }
  /** What those references mean. */
  readonly env: { readonly [variable: string]: string }
  /** What must be found in no log, span or error: the key, and in whatever shape the adapter sends it. */
  readonly secrets: ReadonlyArray<string>
  /** Addresses that the provider refuses for good, with the reason that the adapter gives. */
  readonly refused: ReadonlyArray<{ readonly email: string; readonly reason: string }>
  /** Whether an address in another case is the same contact at the provider. All five do that. */
  readonly foldsCase: boolean
  /** False where a second call may create a second time, or where nothing tells. */
  readonly createsOnce: boolean
  /**
   * The reason that `register` ends with for a fault, where it is not what the suite expects of all. `rate-limited` means
   * that nothing was done, whatever the fault.
   */
  readonly reasons?: { readonly [F in Fault]?: string }
  /** Faults after which the adapter knows that nothing was done, where the suite takes it that something may have been. */
  readonly notActed?: ReadonlyArray<Fault>
  /** The secrets with a wrong key. Left out: each of `env` with a `0` in front of it. */
  readonly wrongEnv?: { readonly [variable: string]: string }
  /**
   * A list that the provider does not have, `99999999` unless told; null: connections have no list. `isRefused: false`: the
   * provider takes the contact all the same, and only the check finds out.
   */
  readonly wrongList?: { readonly id: string; readonly isRefused: boolean } | null
}
