import { Schema } from "effect"

/** What the ESP said of a contact. The first answer stands, unless an operator has a rejected contact tried again. */
export const Verdict = Schema.Literals(["existed", "created", "rejected", "unknown"]).annotate({
  identifier: "Verdict",
  title: "Verdict",
  description:
    "Whether the brand's ESP knew the address: `existed` (before the first play), `created` (by us), `rejected` (the ESP will not take it), or `unknown` while it has not answered yet. The first answer stands; only a rejected address may be tried again by an operator.",
  examples: ["created"]
})
export type Verdict = typeof Verdict.Type

/**
 * Whether mail may be sent to a contact, as far as the ESP's answer tells: `subscribed` (it has the marketing permission),
 * `pending` (it was asked to confirm), `unsubscribed` (it has none, or took it back), `suppressed` (blocked after a bounce, a
 * complaint or by hand), or `unknown` where the answer does not say. Known to the ESP is not the same as mailable.
 */
export const Mailability = Schema.Literals(["subscribed", "pending", "unsubscribed", "suppressed", "unknown"])
export type Mailability = typeof Mailability.Type
