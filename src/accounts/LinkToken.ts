import { Schema } from "effect"

/** The token of a link, in a request. Redacted at once: neither a problem nor the log shows it. Clients load this file. */
export const linkToken = (example: string) =>
  Schema.RedactedFromValue(
    Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)).annotate({
      description: "The token in the link: what follows its last slash.",
      examples: [example]
    })
  )
