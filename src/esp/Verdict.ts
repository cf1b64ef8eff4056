import { Schema } from "effect"

/** The ESP's answer for a contact. The first answer is final, unless an operator retries a rejected contact. */
export const Verdict = Schema.Literals(["existed", "created", "rejected", "unknown"]).annotate({
  identifier: "Verdict",
  title: "Verdict",
  description:
    "Whether the brand's ESP knew the address: `existed` (before the first play), `created` (by us), `rejected` (the ESP will not take it), or `unknown` while it has not answered yet. The first answer stands; only a rejected address may be tried again by an operator.",
  examples: ["created"]
})
export type Verdict = typeof Verdict.Type

/**
 * Whether marketing mail may be sent to a contact, as far as the ESP's answer tells: `subscribed` (permission given), `pending`
 * (asked to confirm), `unsubscribed` (permission never given or withdrawn), `suppressed` (blocked after a bounce, a complaint
 * or by hand), or `unknown` (the answer does not say). A contact that the ESP holds is not always one that may be mailed.
 */
export const Mailability = Schema.Literals(["subscribed", "pending", "unsubscribed", "suppressed", "unknown"])
export type Mailability = typeof Mailability.Type
