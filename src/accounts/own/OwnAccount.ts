import { Schema } from "effect"
import * as Moment from "../../platform/contract/Moment.ts"
import { AccountId, AccountName, Language, RoleName } from "../Account.ts"
import { emailField } from "../EmailField.ts"
import { linkToken } from "../LinkToken.ts"
import { CurrentPassword, NewPassword } from "../password/Password.ts"

/** One's own account. */
export const OwnAccountFacts = Schema.Struct({
  id: AccountId,
  kind: Schema.Literals(["person", "machine"]).annotate({
    description: "`person`: gets in with sessions and keys. `machine`: a program, which gets in with keys only.",
    examples: ["person"]
  }),
  email: Schema.NullOr(Schema.String).annotate({
    description: "Where mails go; null: a machine.",
    examples: ["nora@brand.example"]
  }),
  isEmailVerified: Schema.Boolean.annotate({
    description: "Whether the mailbox was proven, by a link or by an identity provider.",
    examples: [true]
  }),
  name: AccountName,
  role: RoleName,
  language: Language,
  hasPassword: Schema.Boolean.annotate({
    description: "Whether the person can sign in with a password.",
    examples: [true]
  }),
  passwordChangedAt: Moment.toClientOrNull(
    "When the person chose the password; null: there is none.",
    "2026-11-20T10:00:00.000Z"
  ),
  createdAt: Moment.toClient("When the account was made.", "2026-11-20T10:00:00.000Z")
}).annotate({ identifier: "OwnAccount", description: "One's own account." })

/** The same as a row, with the version that its ETag holds. */
export const OwnAccount = Schema.Struct({
  ...OwnAccountFacts.fields,
  passwordChangedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Schema.DateTimeUtcFromDate,
  version: Schema.Int
})
export type OwnAccount = typeof OwnAccount.Type

export const OwnAccountChange = Schema.Struct({
  name: Schema.optionalKey(AccountName),
  language: Schema.optionalKey(Language)
}).annotate({ identifier: "OwnAccountChange", description: "What to change; what is left out stays." })
export type OwnAccountChange = typeof OwnAccountChange.Type

export const PasswordChange = Schema.Struct({
  current: Schema.optionalKey(CurrentPassword),
  password: NewPassword
}).annotate({
  identifier: "PasswordChange",
  description: "The password that the account has, and a new one. `current` is left out where the account has none."
})

export const EmailChange = Schema.Struct({
  email: emailField("The new address.")
}).annotate({ identifier: "EmailChange", description: "The address that the account is to have." })

export const EmailConfirmation = Schema.Struct({
  token: linkToken("fge_0000000000000000000000000000000000000000000000000")
}).annotate({ identifier: "EmailConfirmation", description: "The token of the link in the mail to the new address." })
