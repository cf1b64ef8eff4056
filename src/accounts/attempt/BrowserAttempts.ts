import { Context, Effect, Layer } from "effect"
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId } from "../Account.ts"
import { hashOf, isWellFormed, makeToken } from "../Tokens.ts"
import * as BrowserAttemptsRepo from "./BrowserAttemptsRepo.ts"

export type { AttemptPurpose } from "./BrowserAttemptsRepo.ts"

/** How long the browser may take to come back. The statement that stores an attempt says the same. */
export const attemptLifetime = "10 minutes"

/** What a browser began, and what it must come back to. */
export interface Attempt {
  readonly purpose: BrowserAttemptsRepo.AttemptPurpose
  /** The SSO connection; null: a passkey. */
  readonly connection: string | null
  /** Whose it is, where that was known at the start. */
  readonly accountId: AccountId | null
  /** The session in which it was begun; null: nobody was signed in. */
  readonly sessionId: string | null
  readonly invitationId: string | null
  /** What only the server and this browser may know: the challenge of a passkey; state, nonce and verifier of SSO. */
  readonly secret: Uint8Array
}

/** Where an attempt is stored says what it is for, so that its secret cannot be moved to another one. */
const placeOf = ({ connection, purpose }: Pick<Attempt, "connection" | "purpose">) =>
  Buffer.from(JSON.stringify([purpose, connection]))

const [nonceLength, tagLength] = [12, 16]

/** The browser's token is stored nowhere, so a copy of the database does not hold the key. */
const keyOf = (token: string) => Buffer.from(hkdfSync("sha256", token, "", "fairground browser attempt", 32))

const seal = (token: string, place: Uint8Array, secret: Uint8Array): Buffer => {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv("aes-256-gcm", keyOf(token), nonce, { authTagLength: tagLength })
  cipher.setAAD(place)
  const body = Buffer.concat([cipher.update(secret), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** Undefined: these bytes were not sealed with this token for this place. */
const open = (token: string, place: Uint8Array, sealed: Uint8Array): Buffer | undefined => {
  const bytes = Buffer.from(sealed)
  if (bytes.length < nonceLength + tagLength) return undefined
  const decipher = createDecipheriv("aes-256-gcm", keyOf(token), bytes.subarray(0, nonceLength), {
    authTagLength: tagLength
  })
  decipher.setAAD(place)
  decipher.setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceLength + tagLength)), decipher.final()])
  } catch {
    return undefined
  }
}

/**
 * What an SSO redirect or the challenge of a passkey must come back to: bound to one browser by a cookie, ended after ten minutes,
 * taken once. A browser has one attempt at a time: its cookie holds the token of the newest.
 */
export class BrowserAttempts extends Context.Service<
  BrowserAttempts,
  {
    /** Stores an attempt. Returns the token for the browser's cookie `attempt`. */
    readonly begin: (
      attempt: Pick<Attempt, "purpose" | "secret"> & Partial<Attempt>
    ) => Effect.Effect<string, DatabaseUnavailable>
    /**
     * Takes the attempt of a token, if it was begun for one of these purposes and for this connection (null: none). It is gone
     * then, whatever becomes of it. Undefined: there is none, or it was taken or has expired.
     */
    readonly take: (
      token: string,
      purposes: ReadonlyArray<BrowserAttemptsRepo.AttemptPurpose>,
      connection?: string | null
    ) => Effect.Effect<Attempt | undefined, DatabaseUnavailable>
  }
>()("fairground/accounts/attempt/BrowserAttempts") {
  static readonly layer = Layer.effect(
    BrowserAttempts,
    Effect.gen(function* () {
      const repo = yield* BrowserAttemptsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      return BrowserAttempts.of({
        begin: Effect.fn("BrowserAttempts.begin")(function* (begun) {
          const attempt = { connection: null, accountId: null, sessionId: null, invitationId: null, ...begun }
          const token = makeToken("attempt")
          const secret = seal(token, placeOf(attempt), attempt.secret)
          yield* retry(repo.insert(hashOf(token), { ...attempt, secret }))
          return token
        }),
        take: Effect.fn("BrowserAttempts.take")(function* (token, purposes, connection = null) {
          if (!isWellFormed("attempt", token)) return undefined
          const taken = yield* retry(repo.take(hashOf(token), purposes, connection))
          const secret = taken === undefined ? undefined : open(token, placeOf(taken), taken.secret)
          return taken === undefined || secret === undefined ? undefined : { ...taken, secret }
        })
      })
    })
  )
}
