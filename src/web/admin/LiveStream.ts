import { useEffect, useRef } from "react"
import {
  type ContactsEvent,
  type EndEvent,
  type GamesEvent,
  permissionOf,
  type PlaysEvent,
  type RefreshEvent,
  type TasksEvent,
  type Topic,
  topics
} from "../../live/Topic.ts"
import { refreshKeys } from "./Client.ts"
import { makeEventReader } from "./EventReader.ts"
import { useMay } from "./Identity.tsx"
import { interruption } from "./Interruption.ts"
import { makeStore, useStore } from "./Store.ts"

/** What the stream tells, by the event's name. */
interface Events {
  readonly plays: typeof PlaysEvent.Encoded
  readonly tasks: typeof TasksEvent.Encoded
  readonly contacts: typeof ContactsEvent.Encoded
  readonly games: typeof GamesEvent.Encoded
  /** Something may have been missed. */
  readonly refresh: typeof RefreshEvent.Encoded
}

type Listener = (data: never) => void

const listeners = new Map<string, Set<Listener>>()

/** What the person may follow, as the path's query; empty: nothing. */
let wanted = ""
let followers = 0
/** Stops the stream that is open or on its way. */
let stop: AbortController | undefined
let opening: ReturnType<typeof setTimeout> | undefined
let closing: ReturnType<typeof setTimeout> | undefined
/** How often in a row no stream could be opened. */
let failures = 0

const isOpen = makeStore(false)

const second = 1000
/** The service writes at least a comment every 15 seconds. */
const silence = 60 * second
/** A hidden tab keeps its stream for so long. */
const patience = 60 * second
/** Between two screens nobody follows for a moment. */
const grace = 5 * second

const jittered = (millis: number) => millis * (0.5 + Math.random())

const tell = (event: string, data: unknown) => {
  for (const listener of listeners.get(event) ?? []) listener(data as never)
}

const isWanted = () => followers > 0 && wanted !== "" && interruption.get() !== "ended"

const close = () => {
  clearTimeout(opening)
  opening = undefined
  stop?.abort()
  stop = undefined
  isOpen.set(false)
}

const openIn = (millis: number) => {
  if (opening !== undefined || stop !== undefined) return
  opening = setTimeout(() => {
    opening = undefined
    if (isWanted()) void open()
  }, millis)
}

/** How a stream came to its end: `again`, or whoever follows has to prove who they are, or may see less than before. */
type Ending = "again" | "signed-out" | "not-permitted"

const endings = (reason: (typeof EndEvent.Encoded)["reason"]): Ending =>
  reason === "signed-out" || reason === "not-permitted" ? reason : "again"

/** Reads one stream to its end. */
const read = async (body: ReadableStream<Uint8Array>, abort: AbortController): Promise<Ending> => {
  let ending: Ending = "again"
  const take = makeEventReader((event, text) => {
    const data: unknown = JSON.parse(text)
    if (event === "end") ending = endings((data as typeof EndEvent.Encoded).reason)
    else tell(event, data)
  })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  for (;;) {
    // Without a word for so long the connection is lost, although nobody has said so.
    const timer = setTimeout(() => abort.abort(), silence)
    const { done, value } = await reader.read().finally(() => clearTimeout(timer))
    if (done) return ending
    failures = 0
    isOpen.set(true)
    take(decoder.decode(value, { stream: true }))
  }
}

const follow = async (abort: AbortController): Promise<Ending> => {
  const response = await fetch(`/api/v1/events?topics=${wanted}`, {
    signal: abort.signal,
    headers: { accept: "text/event-stream" }
  })
  if (response.status === 401) return "signed-out"
  if (response.status === 403) return "not-permitted"
  return response.ok && response.body !== null ? read(response.body, abort) : "again"
}

const open = async () => {
  const abort = new AbortController()
  stop = abort
  failures += 1
  const ending = await follow(abort).catch((): Ending => "again")
  // It was closed on purpose, and perhaps another is open by now.
  if (stop !== abort) return
  stop = undefined
  isOpen.set(false)
  if (ending === "signed-out") interruption.set("ended")
  // The identity tells what the person may still see; with it come the topics.
  if (ending === "not-permitted") refreshKeys(["identity"])
  openIn(jittered(Math.min(second * 2 ** Math.min(failures, 5), 30 * second)))
}

/** Keys whose queries ask again when the tab is seen. */
const missed = new Set<string>()
const planned = new Map<string, ReturnType<typeof setTimeout>>()
const lastTime = new Map<string, number>()

/** Queries with this key ask again soon, at most once in `every` milliseconds however often this is called. */
const refreshSoon = (key: string, every: number, delay: number) => {
  if (planned.has(key)) return
  const run = () => {
    planned.delete(key)
    if (document.hidden) {
      missed.add(key)
      return
    }
    lastTime.set(key, Date.now())
    refreshKeys([key])
  }
  planned.set(key, setTimeout(run, Math.max(delay, (lastTime.get(key) ?? 0) + every - Date.now())))
}

let isAttached = false

/** Hiding, coming back, the network and a new session open and close the stream. Once, with the first who follows. */
const attach = () => {
  if (isAttached) return
  isAttached = true
  document.addEventListener("visibilitychange", () => {
    clearTimeout(closing)
    if (document.hidden) {
      closing = setTimeout(close, patience)
      return
    }
    for (const key of missed) refreshSoon(key, 0, 0)
    missed.clear()
    if (isWanted()) openIn(0)
  })
  addEventListener("online", () => {
    close()
    if (isWanted()) openIn(jittered(200))
  })
  addEventListener("pagehide", close)
  addEventListener("pageshow", () => {
    if (isWanted()) openIn(jittered(second))
  })
  interruption.subscribe(() => {
    if (!isWanted()) close()
    else openIn(jittered(200))
  })
}

const join = (topicsText: string): (() => void) => {
  attach()
  followers += 1
  if (topicsText !== wanted) {
    wanted = topicsText
    close()
  }
  // The screen's own questions go first: a browser has six connections to a host.
  if (isWanted()) openIn(jittered(second))
  return () => {
    followers -= 1
    setTimeout(() => {
      if (followers === 0) close()
    }, grace)
  }
}

/**
 * Hears what happens, as it happens, while the component is there: events of a topic (see docs/live.md), or `refresh`, after which
 * something may have been missed. All components share one stream, of all topics that the person may follow.
 */
export const useEvents = <Name extends keyof Events>(name: Name, hear: (data: Events[Name]) => void): void => {
  const may = useMay()
  const latest = useRef(hear)
  useEffect(() => {
    latest.current = hear
  })
  const permitted = topics.filter((topic) => may(permissionOf[topic])).join(",")
  useEffect(() => {
    const listener = (data: Events[Name]) => latest.current(data)
    const all = listeners.get(name) ?? new Set()
    listeners.set(name, all)
    all.add(listener)
    const leave = join(permitted)
    return () => {
      all.delete(listener)
      leave()
    }
  }, [name, permitted])
}

/** Queries with this key ask again when something may have been missed. */
export const useMissed = (key: string, every: number = 2 * second): void => {
  // After a restart everybody is told at once: each asks at a moment of their own.
  useEvents("refresh", () => refreshSoon(key, every, Math.random() * second))
}

/**
 * Queries with this key ask again when something of the topic has happened, at most once in `every` milliseconds:
 *
 * ```ts
 * useLive("tasks", "tasks")
 * ```
 */
export const useLive = (topic: Topic, key: string, every: number = 2 * second): void => {
  useEvents(topic, () => refreshSoon(key, every, 0))
  useMissed(key, every)
}

/** Whether events come at the moment. */
export const useIsLive = (): boolean => useStore(isOpen)

/** What no event tells of is asked for again every so many milliseconds while the tab is seen. */
export const useAgain = (key: string, every: number, isWanted: boolean = true): void => {
  useEffect(() => {
    if (!isWanted) return
    const timer = setInterval(() => {
      if (!document.hidden) refreshKeys([key])
    }, every)
    return () => clearInterval(timer)
  }, [key, every, isWanted])
}
