import { Effect } from "effect"
import { words } from "../../mail/Letter.ts"
import type { SecretsKeyMissing } from "../../platform/Secrets.ts"
import type { Language } from "../Account.ts"

/** Whom a mail about their account is for. */
export interface Reader {
  readonly accountId: string
  readonly email: string
  readonly name: string
  readonly language: Language
}

export const greeting = (language: Language, name: string) =>
  language === "ru" ? words`Здравствуйте, ${name}!` : words`Hello ${name},`

/** The parts of a mail that say to whom it goes. */
export const readerOf = ({ accountId, email }: Reader) => ({
  to: email,
  about: { kind: "account", id: accountId }
})

/** Only mails with a secret link need the key. */
export const withoutLink = <A, E>(
  stored: Effect.Effect<A, E | SecretsKeyMissing>
): Effect.Effect<A, Exclude<E, SecretsKeyMissing>> =>
  Effect.catchTag(stored as Effect.Effect<A, SecretsKeyMissing>, "SecretsKeyMissing", Effect.die) as Effect.Effect<
    A,
    Exclude<E, SecretsKeyMissing>
  >
