import { describe } from "@effect/vitest"
import type { ProviderSubject } from "./ProviderSubject.ts"
import { account } from "./suite/Account.ts"
import { addresses } from "./suite/Addresses.ts"
import { meetings } from "./suite/Faults.ts"
import { fronts } from "./suite/Fronts.ts"
import { mailing } from "./suite/Mailing.ts"
import { network } from "./suite/Network.ts"

/**
 * The contract of every provider's adapter, from the settings of a connection to the requests on the wire. In every test, no
 * secret and no address may appear in a log line, a span or an error; see Bench.ts.
 */
export const providerSuite = (subject: ProviderSubject) =>
  describe(`the provider ${subject.name}`, () => {
    addresses(subject)
    mailing(subject)
    meetings(subject)
    fronts(subject)
    network(subject)
    account(subject)
  })
