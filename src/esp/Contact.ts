import { Schema } from "effect"

/** What the ESP said of a contact. The first answer stands for good. */
export const Verdict = Schema.Literals(["existed", "created", "rejected", "unknown"]).annotate({
  identifier: "Verdict",
  title: "Verdict",
  description:
    "Whether the brand's ESP knew the address: `existed` (before the first play), `created` (by us), `rejected` (the ESP will not take it), or `unknown` while it has not answered yet. The first answer stands for good.",
  examples: ["created"]
})
export type Verdict = typeof Verdict.Type
