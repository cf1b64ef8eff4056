import { Context, DateTime, Effect, Layer, Semaphore } from "effect"
import { SqlClient } from "effect/sql"
import { hash, randomInt, timingSafeEqual } from "node:crypto"
import { Audit } from "../audit/Audit.ts"
import type { Language } from "../mail/Letter.ts"
import { Mail } from "../mail/Mail.ts"
import { type DatabaseUnavailable, Overloaded } from "../platform/contract/Problems.ts"
import { newUuid } from "../platform/Ids.ts"
import { forLog } from "../platform/observe/Redaction.ts"
import { inOrder, retryTransient } from "../platform/postgres/Transient.ts"
import { Secrets, SecretsKeyMissing } from "../platform/Secrets.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { hashOf, makeToken } from "../platform/Tokens.ts"
import { keyOf } from "../players/Email.ts"
import * as CodesRepo from "./CodesRepo.ts"
import { sendCode } from "./CodeMail.ts"
import { codeDigits, type PlayerToken, PlayerTokenId, tokenPrefix } from "./Holder.ts"
import { PlayerCodeRefused } from "./HolderErrors.ts"
import * as TokensRepo from "./TokensRepo.ts"

const codeLifetime = "10 minutes"
const tokenLifetime = "30 days"

/** Requests that are worked on after their answers. Beyond it they are refused, all alike. */
const mostPending = 200
const atOnce = 2

const codeContext = (id: string): string => `player_code ${id}`

/** With the id, so that equal codes have different hashes. */
const digest = (id: string, code: string): Buffer => hash("sha256", `${id} ${code}`, "buffer")

/** Codes that prove that somebody reads the mail of a player's address. */
export class PlayerCodes extends Context.Service<
  PlayerCodes,
  {
    /**
     * Mails a code to the address if somebody plays with it, after it has answered: whether somebody does is seen neither in the
     * answer nor in its time. The code before does not work any more. More than five an hour are not issued for an address, without a
     * word. If the process is killed in between, there is no mail, and the person asks again.
     */
    readonly ask: (email: string, language: Language) => Effect.Effect<void, SecretsKeyMissing | Overloaded>
    /**
     * Swaps a code for a token of 30 days. Each call counts as a try, of which a code has five, over all processes together and
     * whatever comes at once.
     */
    readonly swap: (
      email: string,
      code: string
    ) => Effect.Effect<PlayerToken, PlayerCodeRefused | SecretsKeyMissing | DatabaseUnavailable>
  }
>()("fairground/holders/PlayerCodes") {
  static readonly layer = Layer.effect(
    PlayerCodes,
    Effect.gen(function* () {
      const audit = yield* Audit
      const mail = yield* Mail
      const secrets = yield* Secrets
      const sql = yield* SqlClient.SqlClient
      const codes = yield* CodesRepo.make
      const tokens = yield* TokensRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      const scope = yield* Effect.scope
      const turns = yield* Semaphore.make(atOnce)
      let pending = 0

      const issue = Effect.fn("PlayerCodes.issue")(function* (email: string, language: Language) {
        const emailKey = keyOf(email)
        const id = yield* newUuid
        const code = String(randomInt(10 ** codeDigits)).padStart(codeDigits, "0")
        const sealed = yield* secrets.seal(codeContext(id), digest(id, code))
        const now = yield* DateTime.now
        const expiresAt = DateTime.addDuration(now, codeLifetime)
        const write = Effect.gen(function* () {
          // Also for an address that nobody plays with: what is tried there takes as long as elsewhere.
          const isIssued = yield* codes.put({
            emailKey,
            id,
            code: sealed,
            now: DateTime.toDateUtc(now),
            expiresAt: DateTime.toDateUtc(expiresAt)
          })
          const player = isIssued ? yield* codes.playerOf(emailKey) : undefined
          // To the address as it was first typed: a mailbox may tell spellings apart that are one player here.
          if (player !== undefined) yield* sendCode(mail, { id, to: player.email, code, language, expiresAt })
          return player
        })
        yield* retry(
          audit.within(write, (player) =>
            player === undefined
              ? undefined
              : { action: "player-code.ask", target: { kind: "player", id: player.id }, details: { code: id } }
          )
        )
      })

      const isRight = (stored: { readonly id: string; readonly code: Uint8Array }, code: string) =>
        secrets.open(codeContext(stored.id), stored.code).pipe(
          Effect.map((opened) => opened.length === 32 && timingSafeEqual(opened, digest(stored.id, code))),
          // Its key has left the ring within ten minutes: the person asks for another code.
          Effect.catchTag("SecretUnreadable", () => Effect.succeed(false))
        )

      return PlayerCodes.of({
        ask: Effect.fn("PlayerCodes.ask")(function* (email, language) {
          if (!secrets.isReady) return yield* new SecretsKeyMissing({})
          if (pending >= mostPending) return yield* new Overloaded({})
          pending++
          yield* turns.withPermit(issue(email, language)).pipe(
            Effect.catchCause((cause) => Effect.logError("A player's code was not sent", forLog(cause))),
            Effect.ensuring(Effect.sync(() => pending--)),
            // A stop of the service waits for it.
            Effect.uninterruptible,
            Effect.forkIn(scope)
          )
        }),
        swap: Effect.fn("PlayerCodes.swap")(function* (email, typed) {
          const emailKey = keyOf(email)
          const code = typed.replaceAll(/\s/g, "")
          const token = makeToken(tokenPrefix)
          const tokenHash = hashOf(token)
          const id = PlayerTokenId.make(yield* newUuid)
          const now = yield* DateTime.now
          const expiresAt = DateTime.addDuration(now, tokenLifetime)
          // A refusal is an outcome and no failure: the try that it counted has to be committed.
          const made = yield* Effect.gen(function* () {
            // A try whose outcome was not known had been done.
            const earlier = yield* tokens.find(tokenHash)
            if (earlier !== undefined) return earlier
            const tried = yield* codes.attempt(emailKey, DateTime.toDateUtc(now))
            if (tried === undefined) return undefined
            const { playerId } = tried
            if (!(yield* isRight(tried, code)) || playerId === null) {
              yield* audit.record({
                action: "player-token.create",
                outcome: "refused",
                target: { kind: "player-code", id: tried.id }
              })
              return undefined
            }
            yield* codes.use(tried.id, emailKey)
            yield* tokens.insert({
              id,
              playerId,
              tokenHash,
              now: DateTime.toDateUtc(now),
              expiresAt: DateTime.toDateUtc(expiresAt)
            })
            yield* audit.record({
              action: "player-token.create",
              target: { kind: "player", id: playerId },
              details: { token: id }
            })
            return { id, playerId, expiresAt }
          }).pipe(sql.withTransaction, inOrder, retry)
          return made === undefined ? yield* new PlayerCodeRefused({}) : { ...made, token }
        })
      })
    })
  )
}
