import { Effect } from "effect"
import { Secrets } from "../platform/Secrets.ts"
import type { Language } from "./Letter.ts"

/** What an unsubscribe link says. */
export interface Reader {
  /** Of the table of readers. */
  readonly id: string
  readonly language: Language
}

const context = "mail unsubscribe"
const languages = ["en", "ru"] as const

/**
 * The tokens of unsubscribe links: the reader's id, encrypted and so also signed under SECRETS_KEY. They do not expire, because
 * mails are kept for years, but end with the key that made them.
 */
export const make = Effect.gen(function* () {
  const secrets = yield* Secrets

  const tokenOf = Effect.fnUntraced(function* ({ id, language }: Reader) {
    const bytes = Buffer.from(id.replaceAll("-", ""), "hex")
    const plain = Buffer.concat([Buffer.from([languages.indexOf(language)]), bytes])
    return Buffer.from(yield* secrets.seal(context, plain)).toString("base64url")
  })

  /** Undefined: this service did not make the token, or its key is gone. */
  const readerOf = (token: string): Effect.Effect<Reader | undefined> =>
    Effect.gen(function* () {
      const plain = Buffer.from(yield* secrets.open(context, Buffer.from(token, "base64url")))
      const language = languages[plain[0] ?? -1]
      if (language === undefined || plain.length !== 17) return undefined
      const id = plain.toString("hex", 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
      return { id, language }
    }).pipe(Effect.orElseSucceed(() => undefined))

  return { tokenOf, readerOf }
})
