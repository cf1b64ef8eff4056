import { Context, Effect, Layer } from "effect"
import * as Paging from "../platform/contract/Paging.ts"
import { type DatabaseUnavailable, ValidationFailed } from "../platform/contract/Problems.ts"
import { maxUuid } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { EmailKey } from "./Email.ts"
import type { PlayerId, PlayerPlace, PlayerRow } from "./Player.ts"
import { PlayerNotFound } from "./PlayerErrors.ts"
import * as PlayersRepo from "./PlayersRepo.ts"

export interface PlayersQuery extends Paging.PageQuery<PlayerPlace> {
  /** Only the player of this address. */
  readonly email?: EmailKey | undefined
  /** Only players whose normalised address begins so. */
  readonly emailPrefix?: string | undefined
}

/** The players, each known by an address. What they have played is told by plays, and what ESPs say of them by contacts. */
export class Players extends Context.Service<
  Players,
  {
    readonly find: (id: PlayerId) => Effect.Effect<PlayerRow, PlayerNotFound | DatabaseUnavailable>
    /**
     * A page: newest first, or by address where `emailPrefix` is given. Fails with `ValidationFailed` if `after` is the cursor of
     * the other order.
     */
    readonly list: (
      query: PlayersQuery
    ) => Effect.Effect<Paging.Page<PlayerRow, PlayerPlace>, ValidationFailed | DatabaseUnavailable>
    /** Up to `count` players whose ids are between these two, oldest first. */
    readonly between: (
      after: string,
      before: string,
      count: number
    ) => Effect.Effect<ReadonlyArray<PlayerRow>, DatabaseUnavailable>
  }
>()("fairground/players/Players") {
  static readonly layer = Layer.effect(
    Players,
    Effect.gen(function* () {
      const repo = yield* PlayersRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const otherOrder = new ValidationFailed({
        errors: [{ path: ["query", "cursor"], message: "Expected the `nextCursor` of a page of the same search" }]
      })

      const list = Effect.fn("Players.list")(function* (query: PlayersQuery) {
        const { after, email, emailPrefix, limit = Paging.defaultLimit } = query
        if (email !== undefined) {
          const found = yield* retry(repo.findByEmail(email))
          const items = found.filter(({ emailKey }) => emailKey.startsWith(emailPrefix ?? ""))
          return { items, nextCursor: null }
        }
        if (emailPrefix !== undefined) {
          if (after !== undefined && !("key" in after)) return yield* otherOrder
          const found = yield* retry(repo.findByPrefix(emailPrefix, after?.key ?? "", limit + 1))
          return Paging.page(found, limit, ({ emailKey }): PlayerPlace => ({ key: emailKey }))
        }
        if (after !== undefined && !("id" in after)) return yield* otherOrder
        const found = yield* retry(repo.listBefore(after?.id ?? maxUuid, limit + 1))
        return Paging.page(found, limit, ({ id }): PlayerPlace => ({ id }))
      })

      return Players.of({
        find: Effect.fn("Players.find")(function* (id) {
          return (yield* retry(repo.find(id))) ?? (yield* new PlayerNotFound({}))
        }),
        list,
        between: Effect.fn("Players.between")((after, before, count) => retry(repo.listBetween(after, before, count)))
      })
    })
  )
}
