import { Schema } from "effect"
import { ContactNews } from "../contacts/Contact.ts"
import { GameNews, Slug } from "../games/Game.ts"
import type { PermissionName } from "../platform/contract/Access.ts"
import { PlayNews } from "../plays/Play.ts"
import { TaskNews } from "../tasks/Task.ts"

/**
 * The topics of live events, each with the permission that it needs. To add one: its module hands over what it has committed
 * (`Notifier`), and declares the item here.
 */
export const permissionOf = {
  plays: "plays:read",
  tasks: "tasks:read",
  contacts: "contacts:read",
  games: "games:read"
} as const satisfies Record<string, PermissionName>

export const topics = ["plays", "tasks", "contacts", "games"] as const satisfies ReadonlyArray<
  keyof typeof permissionOf
>
export type Topic = (typeof topics)[number]

const count = Schema.Int.annotate({
  description: "How many there were since the event before.",
  examples: [3]
})

const newest = <Item extends Schema.Top>(item: Item) =>
  Schema.Array(item).annotate({ description: "Up to 20 of them, the newest last; none if there was no room for them." })

const game = Slug.annotate({ description: "The game.", examples: ["wheel" as never] })

export const PlaysEvent = Schema.Struct({ game, count, newest: newest(PlayNews) }).annotate({
  identifier: "PlaysEvent",
  description: "Plays of a game that were recorded."
})

export const TasksEvent = Schema.Struct({ count, newest: newest(TaskNews) }).annotate({
  identifier: "TasksEvent",
  description:
    "Tasks that were handed in or have changed. A task with a lower version than one that was heard before is late: pass it over."
})

export const ContactsEvent = Schema.Struct({ game, count, newest: newest(ContactNews) }).annotate({
  identifier: "ContactsEvent",
  description: "Contacts, asked for by plays of a game, that got their verdict or were given up."
})

export const GamesEvent = Schema.Struct({ game, count, newest: newest(GameNews) }).annotate({
  identifier: "GamesEvent",
  description: "A game that was added, changed or deleted, or whose page was changed."
})

/** Why a client reads again what it shows. */
export const RefreshEvent = Schema.Struct({
  reason: Schema.Literals(["started", "missed", "behind"]).annotate({
    description:
      "`started`: the stream begins; what was read before may be older. `missed`: events were lost on the way, such as when the database was not to be reached. `behind`: the client did not read fast enough, and what waited for it was dropped.",
    examples: ["started"]
  })
}).annotate({
  identifier: "RefreshEvent",
  description: "Read again what you show: events may be missing before this one."
})

/** Why the stream ends. */
export const EndEvent = Schema.Struct({
  reason: Schema.Literals(["signed-out", "not-permitted", "time", "stopping"]).annotate({
    description:
      "`signed-out`: the session or the key has ended. `not-permitted`: the caller may not see one of the topics any more. `time`: the stream has lasted for `EVENT_STREAM_MAX`. `stopping`: this process stops. After the last two, open it again.",
    examples: ["time"]
  })
}).annotate({ identifier: "EndEvent", description: "The last event of the stream." })

export type RefreshReason = (typeof RefreshEvent.Type)["reason"]
export type EndReason = (typeof EndEvent.Type)["reason"]
