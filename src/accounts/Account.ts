import { Schema } from "effect"
import { Model } from "effect/schema"
import { roles } from "../platform/contract/Access.ts"
import { plainText } from "../platform/contract/PlainText.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"

export const accountExample = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

export const AccountId = uuidV7("account", accountExample).pipe(Schema.brand("AccountId"))
export type AccountId = typeof AccountId.Type

export const RoleName = Schema.Literals(roles).annotate({
  description: "`viewer`, `editor`, `admin` or `owner`: each may do all that the one before it may.",
  examples: ["editor"]
})

/** Of mails and pages. */
export const Language = Schema.Literals(["en", "ru"]).annotate({
  description: "The language of mails and pages.",
  examples: ["en"]
})
export type Language = typeof Language.Type

export const AccountName = plainText(200, {
  description: "The account's name for people. One line of at most 200 characters.",
  examples: ["Nora"]
})

/** A row of the table. */
export class Account extends Model.Class<Account>("Account")({
  id: Model.UuidV7Insert(AccountId),
  kind: Schema.Literals(["person", "machine"]),
  email: Schema.NullOr(Schema.String),
  emailKey: Schema.NullOr(Schema.String),
  name: AccountName,
  role: RoleName,
  language: Language,
  emailVerifiedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  disabledAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  version: Schema.Int,
  createdAt: Model.DateTimeInsertFromDate,
  updatedAt: Model.DateTimeUpdateFromDate
}) {}

/** How a person proved who they are. `sso-trusted`: at an identity provider whose own second factor is trusted. */
export const Method = Schema.Literals([
  "password",
  "totp",
  "recovery-code",
  "passkey",
  "sso",
  "sso-trusted",
  "setup",
  "invitation"
])
export type Method = typeof Method.Type

/** The methods that stand for a second factor. */
export const strong: ReadonlySet<Method> = new Set(["totp", "recovery-code", "passkey", "sso-trusted"])
