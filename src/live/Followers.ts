import type { Actor } from "../platform/contract/Access.ts"
import { Effect } from "effect"
import type { News } from "../platform/notify/Gathering.ts"
import * as Gathering from "../platform/notify/Gathering.ts"
import { endEvent, heartbeat, joined, newsEvent, refreshEvent } from "./EventText.ts"
import * as Mailbox from "./Mailbox.ts"
import type { EndReason, Topic } from "./Topic.ts"

/** The most that waits for one client, in bytes: what a screen shows in some seconds of a busy game. */
const mostBytes = 64 * 1024

/** How long a stream is silent, in milliseconds, before it sends a comment. */
const silence = 15_000

/**
 * To how many clients is written at a time, and the pause after it, in milliseconds. Writing to thousands of sockets at once would
 * hold up every play that comes meanwhile. For a thousand clients the pauses make two fifths of a second.
 */
const atOnce = 5
const breath = 2

/** Whose streams they are: a session or a key. */
export type Credential = Actor["by"]

/** One open stream. */
export interface Follower {
  readonly accountId: string
  readonly by: Credential
  readonly topics: ReadonlyArray<Topic>
  /** Only events of this game, where events have one; null: of all. */
  readonly game: string | null
  /** When it ends, by the monotonic clock in milliseconds. */
  readonly endsAt: number
  readonly mailbox: Mailbox.Mailbox
  /** When something was last put for it. */
  heardAt: number
}

/** All streams of this process. `now`: the monotonic clock in milliseconds. `onBehind`: a client has become slow. */
export const make = (now: () => number, onBehind: () => void) => {
  const followers = new Set<Follower>()
  const waiting = Gathering.make()
  let hasMissedAll = false

  const put = (follower: Follower, part: Uint8Array) => {
    follower.heardAt = now()
    if (follower.mailbox.put(part)) onBehind()
  }

  /** Calls `visit` for each of these streams, some at a time. One that ends meanwhile is passed over. */
  const forEach = Effect.fnUntraced(function* (
    visit: (follower: Follower) => boolean,
    among: Iterable<Follower> = followers
  ) {
    let written = 0
    for (const follower of [...among]) {
      if (!followers.has(follower) || !visit(follower)) continue
      if (++written % atOnce === 0) yield* Effect.sleep(breath)
    }
  })

  /** The text of news for those who follow the same topics and games. Each is made once. */
  const textOf = (news: ReadonlyArray<News>, missed: ReadonlyArray<string> | null) => {
    const events = news.map((one) => ({ ...one, text: newsEvent(one) }))
    const known = new Map<string, Uint8Array | undefined>()
    return ({ game, topics }: Follower): Uint8Array | undefined => {
      const key = `${topics.join(" ")} ${game ?? ""}`
      if (known.has(key)) return known.get(key)
      const isHis = ({ game: of, topic }: News) =>
        topics.some((one) => one === topic) && (game === null || of === null || of === game)
      const parts = events.filter(isHis).map(({ text }) => text)
      if (missed === null || missed.some((topic) => topics.some((one) => one === topic))) {
        parts.unshift(refreshEvent("missed"))
      }
      const text = parts.length === 0 ? undefined : joined(parts)
      known.set(key, text)
      return text
    }
  }

  return {
    all: followers as ReadonlySet<Follower>,
    add: (of: Omit<Follower, "mailbox" | "heardAt">): Follower => {
      const follower = { ...of, mailbox: Mailbox.make(mostBytes, refreshEvent("behind")), heardAt: now() }
      followers.add(follower)
      follower.mailbox.put(refreshEvent("started"))
      return follower
    },
    remove: (follower: Follower): void => void followers.delete(follower),
    /** Takes news in. `tell` brings them to the clients. */
    hear: (news: ReadonlyArray<News>, missed: ReadonlyArray<string> | null): void => {
      for (const one of news) waiting.merge(one)
      for (const topic of missed ?? []) waiting.miss(topic)
      hasMissedAll ||= missed === null
    },
    /** Brings to each client what was taken in. It takes a while if they are many; what comes meanwhile is gathered for the next time. */
    tell: Effect.suspend(() => {
      const { missed, news } = waiting.take()
      const text = textOf(news, hasMissedAll ? null : missed)
      hasMissedAll = false
      return forEach((follower) => {
        const part = text(follower)
        if (part !== undefined) put(follower, part)
        return part !== undefined
      })
    }),
    /** Ends the streams for which there is a reason, of these or of all. */
    end: (reasonOf: (follower: Follower) => EndReason | undefined, among?: Iterable<Follower>) =>
      forEach((follower) => {
        const reason = reasonOf(follower)
        if (reason === undefined) return false
        follower.mailbox.end(endEvent(reason))
        return true
      }, among),
    /** Ends streams whose time is up, and sends a comment on those that have been silent. */
    keepAlive: Effect.suspend(() => {
      const at = now()
      return forEach((follower) => {
        if (at >= follower.endsAt) follower.mailbox.end(endEvent("time"))
        else if (at - follower.heardAt >= silence) put(follower, heartbeat)
        else return false
        return true
      })
    })
  }
}
export type Followers = ReturnType<typeof make>
