import { Clock, Context, DateTime, Effect, Layer, Option } from "effect"
import { randomBytes } from "node:crypto"
import { Audit } from "../audit/Audit.ts"
import type { Slug } from "../games/Game.ts"
import { GameArchived, GameNotFound } from "../games/GameErrors.ts"
import { Games } from "../games/Games.ts"
import { canonical } from "../platform/contract/JsonData.ts"
import { ChangedMeanwhile, type DatabaseUnavailable, ValidationFailed } from "../platform/contract/Problems.ts"
import { Notifier } from "../platform/notify/Notifier.ts"
import type { SecretsKeyMissing } from "../platform/contract/SecretsKeyMissing.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Secrets } from "../platform/Secrets.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { isDrawing } from "./Draws.ts"
import { type GamePage, type PageList, plainPage } from "./GamePage.ts"
import type { ContrastTooLow } from "./GamePageErrors.ts"
import { seedLength } from "./Odds.ts"
import { contrastFault, faultsOf } from "./PageFaults.ts"
import { PagesSettings } from "./PagesSettings.ts"
import * as PagesRepo from "./PagesRepo.ts"
import { consentVersion, type StoredPage } from "./Shown.ts"
import { spoken } from "./Words.ts"

/** How long a preview link works. */
const previewMillis = 3_600_000

export type ChangeError =
  | GameNotFound
  | GameArchived
  | ChangedMeanwhile
  | ContrastTooLow
  | ValidationFailed
  | SecretsKeyMissing
  | DatabaseUnavailable

/** Names the column and the row, for encryption. */
export const seedContext = (gameId: string): string => `game_page.seed ${gameId}`
const previewContext = (gameId: string): string => `game_page preview ${gameId}`

/** PostgreSQL keeps members in an order of its own. */
const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

const weightsOf = ({ segments }: GamePage) => Object.fromEntries(segments.map(({ id, weight = 0 }) => [id, weight]))

/** What the audit log tells of a change: which fields differ, and the weights in full, because they decide who wins. */
const detailsOf = (from: GamePage, to: GamePage) => {
  const names = Object.keys(to) as ReadonlyArray<keyof GamePage>
  const changed = names.filter((name) => !isSame(from[name], to[name]))
  const weights = [weightsOf(from), weightsOf(to)] as const
  return {
    changed,
    ...(isSame(...weights) ? {} : { weights: { from: weights[0], to: weights[1] } }),
    ...(changed.includes("embedOrigins") ? { embedOrigins: { from: from.embedOrigins, to: to.embedOrigins } } : {}),
    ...(changed.includes("isDraft") ? { isDraft: to.isDraft } : {})
  }
}

/** The pages of games, for those who manage them. A game that was never set up has a plain page of version 1. */
export class Pages extends Context.Service<
  Pages,
  {
    readonly find: (slug: Slug) => Effect.Effect<StoredPage, GameNotFound | DatabaseUnavailable>
    /** What the pages of these games are. Games that there are not are left out. */
    readonly list: (games: ReadonlyArray<Slug>) => Effect.Effect<PageList["items"], DatabaseUnavailable>
    /** Replaces the page. `version`: the one that is expected; null: any. */
    readonly change: (slug: Slug, page: GamePage, version: number | null) => Effect.Effect<StoredPage, ChangeError>
    /** Gives the game the page of another one, with a seed of its own. */
    readonly copy: (slug: Slug, from: Slug, version: number | null) => Effect.Effect<StoredPage, ChangeError>
    /** A token with which the page is seen for an hour, draft or not. */
    readonly preview: (
      slug: Slug
    ) => Effect.Effect<
      { readonly token: string; readonly expiresAt: DateTime.Utc },
      GameNotFound | SecretsKeyMissing | DatabaseUnavailable
    >
    /** Whether it is a token of this game that still works. */
    readonly isPreview: (gameId: string, token: string) => Effect.Effect<boolean>
    /** The versions of a game and its page, in one look-up. */
    readonly versions: (slug: Slug) => Effect.Effect<PagesRepo.Versions | undefined, DatabaseUnavailable>
  }
>()("fairground/pages/Pages") {
  static readonly layer = Layer.effect(
    Pages,
    Effect.gen(function* () {
      const games = yield* Games
      const audit = yield* Audit
      const secrets = yield* Secrets
      const { pictureOrigins } = yield* PagesSettings
      const repo = yield* PagesRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const notifier = yield* Notifier

      const plain = plainPage(spoken)

      const find = Effect.fn("Pages.find")(function* (slug: Slug) {
        const game = yield* games.find(slug)
        const found = yield* retry(repo.find(game.id))
        return {
          game,
          page: found?.settings ?? plain,
          version: found?.version ?? 1,
          updatedAt: found?.updatedAt ?? null
        }
      })

      const list = Effect.fn("Pages.list")(function* (slugs: ReadonlyArray<Slug>) {
        return (yield* retry(repo.list(slugs))).map(({ game, isDraft, mechanic, version }) => ({
          game,
          mechanic: mechanic ?? plain.mechanic,
          isDraft: isDraft ?? plain.isDraft,
          version: version ?? 1
        }))
      })

      /** The seed of a game: the one it has, under the ring's first key, or a new one where it needs one. */
      const seedFor = Effect.fnUntraced(function* (gameId: string, page: GamePage, known: Uint8Array | null) {
        const context = seedContext(gameId)
        if (known === null) return isDrawing(page) ? yield* secrets.seal(context, randomBytes(seedLength)) : null
        if (!secrets.isOld(known)) return known
        return yield* Effect.flatMap(secrets.open(context, known), (seed) => secrets.seal(context, seed)).pipe(
          // Its key has left the ring. It may come back: another seed would draw something else.
          Effect.catchTag("SecretUnreadable", () => Effect.succeed(known))
        )
      })

      const changing = Effect.fnUntraced(function* (
        slug: Slug,
        page: GamePage,
        version: number | null,
        at: DateTime.Utc
      ) {
        const game = yield* repo.hold(slug)
        if (game === undefined) return yield* new GameNotFound({})
        if (game.isArchived) return yield* new GameArchived({})
        const known = yield* repo.find(game.id)
        const before = known?.settings ?? plain
        const seed = yield* seedFor(game.id, page, known?.seed ?? null)
        // An edit that finds everything as it wants it changes nothing, whatever the version: it was made before.
        if (isSame(before, page)) return { game, details: undefined }
        const current = known?.version ?? 1
        if (version !== null && version !== current) return yield* new ChangedMeanwhile({})
        yield* repo.store(game.id, { version: current + 1, settings: page, seed }, at)
        for (const [language, text] of Object.entries(page.consent?.text ?? {})) {
          yield* repo.keepConsent(game.id, language, consentVersion(text), text, at)
        }
        return { game, details: detailsOf(before, page) }
      })

      const change = Effect.fn("Pages.change")(function* (slug: Slug, page: GamePage, version: number | null) {
        const errors = faultsOf(page, pictureOrigins)
        if (errors.length > 0) return yield* new ValidationFailed({ errors })
        const unreadable = contrastFault(page.theme)
        if (unreadable !== undefined) return yield* unreadable
        const at = yield* DateTime.now
        const { details, game } = yield* retry(
          audit.within(changing(slug, page, version, at), ({ details, game }) =>
            details === undefined
              ? undefined
              : {
                  action: "page.change",
                  target: { kind: "game", id: game.id },
                  details: { slug: game.slug, ...details }
                }
          )
        )
        // A page is a part of its game to whoever follows games.
        if (details !== undefined) {
          notifier.tell("games", () => [{ game: slug, item: { slug, version: game.version } }])
        }
        return yield* find(slug)
      })

      const copy = Effect.fn("Pages.copy")(function* (slug: Slug, from: Slug, version: number | null) {
        // What may be stored can have changed since it was, such as the origins of pictures. The copy has no such field: it names the game.
        return yield* Effect.catchTag(
          change(slug, (yield* find(from)).page, version),
          "ValidationFailed",
          ({ errors }) =>
            Effect.fail(
              new ValidationFailed({
                errors: errors.map(({ message, path }) => ({
                  path: ["payload", "from"],
                  message: `${path.slice(1).join(".")} of its page cannot be copied: ${message}`
                }))
              })
            )
        )
      })

      const preview = Effect.fn("Pages.preview")(function* (slug: Slug) {
        const game = yield* games.find(slug)
        const until = (yield* Clock.currentTimeMillis) + previewMillis
        const bytes = Buffer.alloc(8)
        bytes.writeBigUInt64BE(BigInt(until))
        const sealed = yield* secrets.seal(previewContext(game.id), bytes)
        return { token: Buffer.from(sealed).toString("base64url"), expiresAt: DateTime.makeUnsafe(until) }
      })

      const isPreview = (gameId: string, token: string) =>
        secrets.open(previewContext(gameId), Buffer.from(token, "base64url")).pipe(
          Effect.option,
          Effect.zipWith(
            Clock.currentTimeMillis,
            (bytes, now) =>
              Option.isSome(bytes) &&
              bytes.value.length === 8 &&
              Number(Buffer.from(bytes.value).readBigUInt64BE()) > now
          )
        )

      return Pages.of({
        find,
        list,
        change,
        copy,
        preview,
        isPreview,
        versions: (slug) => retry(repo.versions(slug))
      })
    })
  )
}
