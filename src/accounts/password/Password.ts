import { Schema } from "effect"

// The normalised text has at most 256 code points; four UTF-16 units can become one of them, and more is of nobody's password.
const longestTyped = 2048

/** A password in a request. It is redacted at once: neither a problem nor the log shows it. Clients load this file. */
export const Password = (description: string) =>
  Schema.RedactedFromValue(
    Schema.String.check(Schema.isMaxLength(longestTyped)).annotate({
      description,
      format: "password",
      examples: ["several words of my own"]
    })
  )

/** Without what the policy says: any text may be somebody's password. */
export const CurrentPassword = Password("The password that the account has.")

export const NewPassword = Password(
  "The new password: 15 to 256 characters (code points after NFKC), spaces and all scripts included. There are no rules on kinds of characters, but what is easy to guess is refused."
)
