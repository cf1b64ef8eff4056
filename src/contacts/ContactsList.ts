import { Context, DateTime, Effect, Layer, Option, type Stream } from "effect"
import type { Verdict } from "../esp/Verdict.ts"
import type { Slug } from "../games/Game.ts"
import type { GameNotFound } from "../games/GameErrors.ts"
import { Games } from "../games/Games.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { type DatabaseUnavailable, ValidationFailed } from "../platform/contract/Problems.ts"
import { pacedPages } from "../platform/PacedPages.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { strides, walk } from "../platform/Walk.ts"
import type { PlayerId } from "../players/Player.ts"
import type { PlayerNotFound } from "../players/PlayerErrors.ts"
import { Players } from "../players/Players.ts"
import * as BacklogRepo from "./BacklogRepo.ts"
import type { ContactFacts, ContactListPlace } from "./Contact.ts"
import { ContactNotFound } from "./ContactErrors.ts"
import * as ContactsListRepo from "./ContactsListRepo.ts"

interface Selected {
  readonly verdict?: Verdict
  /** Name of the ESP connection. */
  readonly esp?: string
  /** Only contacts that plays of this game have asked for. */
  readonly game?: Slug
}

export interface ContactsQuery extends Selected, Paging.PageQuery<ContactListPlace> {
  /** True: only those given up without a verdict. False: only those that wait for an attempt, by due time. */
  readonly isStuck?: boolean | undefined
}

export interface ExportedContacts extends Selected {
  /** True: only those given up without a verdict. False: only those that wait for an attempt. */
  readonly stuck?: boolean
  /** Only contacts of plays from this moment on. */
  readonly from?: DateTime.Utc
  /** Only contacts of plays before this moment. */
  readonly to?: DateTime.Utc
}

/** Contacts that one statement of an export reads. */
const contactsAPage = 200

/** Contacts that one statement of an export looks through for those that are meant. */
const contactsAStep = 10_000

const firstDue = { ...BacklogRepo.firstContact, dueAt: new Date(0) }

const keyOf = ({ esp, playerId }: ContactFacts): ContactListPlace => ({ playerId, esp, dueAt: null })

const dueKeyOf = (contact: ContactFacts): ContactListPlace => ({
  ...keyOf(contact),
  dueAt: contact.dueAt === null ? 0 : DateTime.toEpochMillis(contact.dueAt)
})

/** The contacts as staff see them. Their index by due time finds those that wait; all others by a walk along the key, see `Walk.ts`. */
export class ContactsList extends Context.Service<
  ContactsList,
  {
    /**
     * A page, by player and connection; with `isStuck: false` by due time, in which a contact that is postponed meanwhile may appear
     * twice. Fails with `ValidationFailed` if `after` is the cursor of the other order.
     */
    readonly list: (
      query: ContactsQuery
    ) => Effect.Effect<
      Paging.Page<ContactFacts, ContactListPlace>,
      GameNotFound | ValidationFailed | DatabaseUnavailable
    >
    readonly find: (
      playerId: PlayerId,
      esp: string
    ) => Effect.Effect<ContactFacts, ContactNotFound | DatabaseUnavailable>
    /** A page of a player's contacts, by connection. */
    readonly ofPlayer: (
      id: PlayerId,
      query: Paging.PageQuery<ContactListPlace>
    ) => Effect.Effect<Paging.Page<ContactFacts, ContactListPlace>, PlayerNotFound | DatabaseUnavailable>
    /** All contacts, by player and connection, read page by page. */
    readonly exported: (
      of: ExportedContacts
    ) => Effect.Effect<Stream.Stream<ContactFacts, DatabaseUnavailable>, GameNotFound | DatabaseUnavailable>
  }
>()("fairground/contacts/ContactsList") {
  static readonly layer = Layer.effect(
    ContactsList,
    Effect.gen(function* () {
      const games = yield* Games
      const players = yield* Players
      const repo = yield* ContactsListRepo.make
      const backlog = yield* BacklogRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const ofSelected = Effect.fnUntraced(function* ({ esp, game, verdict }: Selected) {
        const gameId = game === undefined ? null : (yield* games.find(game)).id
        const of: ContactsListRepo.Of = {
          verdict: verdict ?? null,
          isStuck: null,
          esp: esp ?? null,
          gameId,
          from: null,
          to: null
        }
        return of
      })

      const otherOrder = new ValidationFailed({
        errors: [{ path: ["query", "cursor"], message: "Expected the `nextCursor` of a page in the same order" }]
      })

      const byKey = (of: ContactsListRepo.Of, { after, limit = Paging.defaultLimit }: ContactsQuery) =>
        walk({
          limit,
          from: after ?? { ...BacklogRepo.firstContact, dueAt: null },
          // For a game, each contact's play is looked up.
          ...(of.gameId === null ? {} : { strides: strides.slice(0, 4) }),
          keyOf,
          step: Effect.fnUntraced(function* (after: ContactListPlace, rows, most) {
            const to = yield* retry(backlog.placeAfter(after, rows))
            const found = to === undefined ? [] : yield* retry(repo.find(of, after, to, most))
            return { found, next: to === undefined ? undefined : { ...to, dueAt: null } }
          })
        })

      const byDueTime = (of: ContactsListRepo.Of, { after, limit = Paging.defaultLimit }: ContactsQuery) =>
        walk({
          limit,
          from: after ?? { ...firstDue, dueAt: 0 },
          // After a restart of many, all of them are due together, and each statement sorts them.
          strides: strides.slice(0, 4),
          keyOf: dueKeyOf,
          step: Effect.fnUntraced(function* (after: ContactListPlace, rows, most) {
            const from = { ...after, dueAt: new Date(after.dueAt ?? 0) }
            const to = yield* retry(repo.duePlaceAfter(from, rows))
            const found = yield* retry(repo.findDue(of, from, to, most))
            return { found, next: to === undefined ? undefined : { ...to, dueAt: to.dueAt.getTime() } }
          })
        })

      const list = Effect.fn("ContactsList.list")(function* (query: ContactsQuery) {
        const { after, isStuck = null } = query
        if (after !== undefined && (after.dueAt === null) !== (isStuck !== false)) return yield* otherOrder
        const of = { ...(yield* ofSelected(query)), isStuck }
        return yield* isStuck === false ? byDueTime(of, query) : byKey(of, query)
      })

      const ofPlayer = Effect.fn("ContactsList.ofPlayer")(function* (
        id: PlayerId,
        { after, limit = Paging.defaultLimit }: Paging.PageQuery<ContactListPlace>
      ) {
        const found = yield* retry(repo.ofPlayer(id, after?.esp ?? "", limit + 1))
        if (found.length === 0) yield* players.find(id)
        return Paging.page(found, limit, keyOf)
      })

      const exported = Effect.fn("ContactsList.exported")(function* ({
        from,
        stuck,
        to,
        ...selected
      }: ExportedContacts) {
        const of = {
          ...(yield* ofSelected(selected)),
          isStuck: stuck ?? null,
          from: from === undefined ? null : DateTime.toDateUtc(from),
          to: to === undefined ? null : DateTime.toDateUtc(to)
        }
        return pacedPages(
          BacklogRepo.firstContact,
          Effect.fnUntraced(function* (after: BacklogRepo.ContactPlace) {
            const to = yield* retry(backlog.placeAfter(after, contactsAStep))
            const found = to === undefined ? [] : yield* retry(repo.find(of, after, to, contactsAPage))
            const next = found.length === contactsAPage ? found.at(-1) : to
            return [found, Option.fromUndefinedOr<BacklogRepo.ContactPlace | undefined>(next)] as const
          })
        )
      })

      return ContactsList.of({
        list,
        find: Effect.fn("ContactsList.find")(function* (playerId, esp) {
          return (yield* retry(repo.findOne(playerId, esp))) ?? (yield* new ContactNotFound({}))
        }),
        ofPlayer,
        exported
      })
    })
  )
}
