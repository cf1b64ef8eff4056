import type { Effect, Scope } from "effect"
import type { Provider } from "../../../src/esp/providers/Provider.ts"
import type { Fault, ProviderPeer } from "./ProviderPeer.ts"

/** What the conformance suite needs to know about a provider. Each `test/support/esp/<name>/<Name>Subject.ts` exports one. */
export interface ProviderSubject {
  /** The name in a connection's `provider`. */
  readonly name: string
  readonly provider: Provider
  readonly peer: Effect.Effect<ProviderPeer, never, Scope.Scope>
  /** Valid settings of a connection to the peer, with references to its secrets. */
  readonly settings: (url: string) => { readonly [field: string]: unknown }
  /** The values of those references. */
  readonly env: { readonly [variable: string]: string }
  /** What no log, span or error may contain: the key, and every form in which the adapter sends it. */
  readonly secrets: ReadonlyArray<string>
  /** Addresses that the provider permanently refuses, with the reason that the adapter gives. */
  readonly refused: ReadonlyArray<{ readonly email: string; readonly reason: string }>
  /** Whether an address in another case is the same contact at the provider. All five fold case. */
  readonly foldsCase: boolean
  /** False if a second call may create the contact again, or if nothing shows whether it did. */
  readonly createsOnce: boolean
  /**
   * The reason of `register` for a fault if it differs from the suite's default. `rate-limited` means that nothing was done,
   * whatever the fault.
   */
  readonly reasons?: { readonly [F in Fault]?: string }
  /** Faults after which the adapter knows that nothing was done, although the suite assumes that something may have been. */
  readonly notActed?: ReadonlyArray<Fault>
  /** The secrets with a wrong key. By default each value of `env` with a leading `0`. */
  readonly wrongEnv?: { readonly [variable: string]: string }
  /**
   * A list that the provider does not have, by default `99999999`; null if connections have no list. With `isRefused: false`
   * the provider accepts the contact anyway, and only the check detects the mistake.
   */
  readonly wrongList?: { readonly id: string; readonly isRefused: boolean } | null
}
