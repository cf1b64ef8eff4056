import { Effect } from "effect"
import * as Mailchimp from "../../../../src/esp/providers/mailchimp/Mailchimp.ts"
import { provider } from "../../../../src/esp/providers/Provider.ts"
import { providerPeer } from "../ProviderPeer.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { audience, key, mailchimpBehaviour } from "./MailchimpPeer.ts"

export const mailchimp: ProviderSubject = {
  name: "mailchimp",
  provider: provider(Mailchimp.Connection, Mailchimp.make),
  peer: Effect.suspend(() => providerPeer(mailchimpBehaviour())),
  settings: (url) => ({ provider: "mailchimp", base: `${url}/3.0`, key: { env: "MAILCHIMP_KEY" }, list: audience }),
  env: { MAILCHIMP_KEY: key },
  secrets: [key],
  refused: [
    { email: "nora@example.com", reason: "invalid-address" },
    { email: "forgotten@shop.example", reason: "forgotten" }
  ],
  foldsCase: true,
  createsOnce: true,
  // A 403 without a body is an overload, according to Mailchimp.
  reasons: { "bare-403": "rate-limited" }
}
