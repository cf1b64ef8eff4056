import { DateTime, Context, Effect, Layer } from "effect"
import { Audit } from "../audit/Audit.ts"
import type { TokenHolder, TokenKeysUnavailable } from "../platform/contract/Access.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { hashOf, isWellFormed } from "../platform/Tokens.ts"
import { tokenPrefix } from "./Holder.ts"
import { TokenNotEndable } from "./HolderErrors.ts"
import * as CodesRepo from "./CodesRepo.ts"
import { SignedTokens } from "./SignedTokens.ts"
import * as TokensRepo from "./TokensRepo.ts"

/** Header, claims and signature in base64url. */
const signed = /^[\w-]+\.[\w-]+\.[\w-]*$/

/** Who holds which token: what stands behind the header `Fairground-Token`. */
export class Holders extends Context.Service<
  Holders,
  {
    /** Whom the token speaks for, asked of the database each time; undefined: nobody, for whatever reason. */
    readonly recognise: (
      token: string
    ) => Effect.Effect<TokenHolder | undefined, TokenKeysUnavailable | DatabaseUnavailable>
    /** Ends the token of this holder, for all processes and from now on. One that has ended meanwhile is no failure. */
    readonly end: (holder: TokenHolder) => Effect.Effect<void, TokenNotEndable | DatabaseUnavailable>
  }
>()("fairground/holders/Holders") {
  static readonly layer = Layer.effect(
    Holders,
    Effect.gen(function* () {
      const audit = yield* Audit
      const signedTokens = yield* SignedTokens
      const codes = yield* CodesRepo.make
      const tokens = yield* TokensRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const bySignature = Effect.fnUntraced(function* (token: string) {
        const vouched = yield* signedTokens.judge(token)
        if (vouched === undefined) return undefined
        const { email, emailKey } = vouched
        const player = yield* retry(codes.playerOf(emailKey))
        return { tokenId: null, playerId: player?.id ?? null, email: player?.email ?? email, emailKey }
      })

      return Holders.of({
        recognise: Effect.fn("Holders.recognise")(function* (token) {
          if (isWellFormed(tokenPrefix, token)) {
            const now = DateTime.toDateUtc(yield* DateTime.now)
            return yield* retry(tokens.holder(hashOf(token), now))
          }
          return signed.test(token) ? yield* bySignature(token) : undefined
        }),
        end: Effect.fn("Holders.end")(function* ({ playerId, tokenId }) {
          if (tokenId === null || playerId === null) return yield* new TokenNotEndable({})
          yield* retry(
            audit.within(tokens.remove(tokenId), (isRemoved) =>
              isRemoved
                ? {
                    action: "player-token.end",
                    target: { kind: "player", id: playerId },
                    details: { token: tokenId }
                  }
                : undefined
            )
          )
        })
      })
    })
  )
}
