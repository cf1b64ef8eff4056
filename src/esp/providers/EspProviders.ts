import * as Brevo from "./brevo/Brevo.ts"
import * as Klaviyo from "./klaviyo/Klaviyo.ts"
import * as Listmonk from "./listmonk/Listmonk.ts"
import * as Mailchimp from "./mailchimp/Mailchimp.ts"
import * as Unisender from "./unisender/Unisender.ts"
import { type Provider, provider } from "./Provider.ts"

/**
 * Every ESP that can be connected, one row each: the name in a connection's `provider`, and its module.
 *
 * How a provider is added:
 *
 * 1. `src/esp/providers/<name>/<Name>.ts` exports `Connection` and `make`.
 *    `Connection = connection("<name>", { key: Secret, list: ListId, … })` (see Connection.ts): what its settings hold beside
 *    `tags`, `attributes` and `limits`, which all have. Secrets are `Secret`, decoded to `Redacted`.
 *    `make: (connection: typeof Connection.Type, tools: Tools) => Effect<EspAdapter>` gives `register`, `check` and `governor`.
 * 2. `register` calls the provider through `tools.http({ base, headers })`, whose `send` gives the whole answer whatever its
 *    status, and maps it by codes: `created(mailability)`, `existed(mailability)`, `EspRejected`, `rateLimited(wait)`,
 *    `EspMisconfigured`, `EspUnavailable`. What there is no rule for goes to `unexpected(answer, client)`, which logs and maps
 *    it by status: a refusal without the provider's own code, and a 2xx that does not show this contact (`isOf`), are none of
 *    its verdicts. No retries, no time limits, no slots: the guard has them. `mayHaveActed` is true unless the provider
 *    certainly did nothing; from it comes "our own write is not `existed`". `ofContact` is for what says nothing of the
 *    connection: the circuit does not count it.
 * 3. `governor` names the limits: `{ account: accountOf("<name>", key), buckets: [bucket("second", 10, "1 second")],
 *    concurrency: null }`. One `register` takes one slot; `cost` says how many counted calls it makes at most. `rate-limited`
 *    closes the account for all replicas; `tools.close` does so for headers of good answers.
 * 4. `check` asks for credentials, list, attributes and permissions, and says in `Finding`s what is wrong.
 * 5. A row here, a peer in `test/support/esp/`, the conformance suite, a section in docs/esp.md.
 */
export const providers: { readonly [name: string]: Provider } = {
  brevo: provider(Brevo.Connection, Brevo.make),
  klaviyo: provider(Klaviyo.Connection, Klaviyo.make),
  listmonk: provider(Listmonk.Connection, Listmonk.make),
  mailchimp: provider(Mailchimp.Connection, Mailchimp.make),
  unisender: provider(Unisender.Connection, Unisender.make)
}
