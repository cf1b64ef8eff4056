import * as Brevo from "./brevo/Brevo.ts"
import * as Klaviyo from "./klaviyo/Klaviyo.ts"
import * as Listmonk from "./listmonk/Listmonk.ts"
import * as Mailchimp from "./mailchimp/Mailchimp.ts"
import * as Unisender from "./unisender/Unisender.ts"
import { type Provider, provider } from "./Provider.ts"

/**
 * Every supported ESP, one row each: the name in a connection's `provider`, and its module.
 *
 * To add a provider:
 *
 * 1. `src/esp/providers/<name>/<Name>.ts` exports `Connection` and `make`.
 *    `Connection = connection("<name>", { key: Secret, list: ListId, … })` (see Connection.ts) is the schema of its settings;
 *    it adds `tags`, `attributes` and `limits`, which all connections have. Secrets are `Secret`, decoded to `Redacted`.
 *    `make: (connection: typeof Connection.Type, tools: Tools) => Effect<EspAdapter>` gives `register`, `check` and `governor`.
 * 2. `register` calls the provider through `tools.http({ base, headers })`, whose `send` returns the whole response whatever
 *    its status, and maps it by the provider's codes: `created(mailability)`, `existed(mailability)`, `EspRejected`,
 *    `rateLimited(wait)`, `EspMisconfigured`, `EspUnavailable`. Pass answers without a rule to `unexpected(answer, client)`,
 *    which logs them and maps them by status. This includes a refusal without the provider's own code, and a 2xx that does not
 *    show this contact (`isOf`): neither is a verdict. Do not add retries, timeouts or slots: the guard has them.
 *    `mayHaveActed` is true unless the provider certainly did nothing; the guard uses it to tell our own write from `existed`.
 *    `ofContact` marks failures that say nothing about the connection: the circuit breaker ignores them.
 * 3. `governor` names the limits: `{ account: accountOf("<name>", key), buckets: [bucket("second", 10, "1 second")],
 *    concurrency: null }`. One `register` takes one slot; `cost` says how many counted calls it makes at most. The error
 *    `rate-limited` closes the account for all replicas; `tools.close` does the same for headers of successful answers.
 * 4. `check` tests credentials, list, attributes and permissions, and reports problems as `Finding`s.
 * 5. Add a row here, a peer in `test/support/esp/`, the conformance suite and a section in docs/esp.md.
 */
export const providers: { readonly [name: string]: Provider } = {
  brevo: provider(Brevo.Connection, Brevo.make),
  klaviyo: provider(Klaviyo.Connection, Klaviyo.make),
  listmonk: provider(Listmonk.Connection, Listmonk.make),
  mailchimp: provider(Mailchimp.Connection, Mailchimp.make),
  unisender: provider(Unisender.Connection, Unisender.make)
}
