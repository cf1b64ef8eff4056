import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Exit, Latch, Layer, Queue, Random, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import { leavable } from "../Leavable.ts"
import { type Database, prepared } from "../postgres/Sql.ts"
import type { Settings } from "../settings/Settings.ts"
import * as Gathering from "./Gathering.ts"
import * as Messages from "./Messages.ts"
import * as NotifierRepo from "./NotifierRepo.ts"

/** What is heard: news, and topics of which some were lost (null: of any). Whoever hears of a loss reads again. */
export interface Heard {
  readonly news: ReadonlyArray<Gathering.News>
  readonly missed: ReadonlyArray<string> | null
}

type Read = () => ReadonlyArray<Gathering.Told>

interface Service {
  /**
   * Hands over what has been committed. It takes no time, whatever the batch holds: it is read later, or never if nobody listens
   * anywhere. For after the commit; a hint that may be lost, late, or doubled.
   */
  readonly tell: (topic: string, read: Read) => void
  /** The same for what every process hears by other means: it is told to this one alone. */
  readonly tellHere: (topic: string, read: Read) => void
  /** Says that something has happened that cannot be told in detail. */
  readonly miss: (topic: string) => void
  readonly missHere: (topic: string) => void
  /** Whether somebody in this process listens to the topic. */
  readonly isWanted: (topic: string) => boolean
  /** Calls the listener, which must not throw, until the scope closes. It hears the topics that are wanted. */
  readonly hear: (listener: (heard: Heard) => void) => Effect.Effect<void, never, Scope.Scope>
  /** Begins (1) or stops (-1) listening to a topic. As long as there is one, the process has a connection on which it listens. */
  readonly want: (topic: string, by: 1 | -1) => void
}

/** How long what happens is gathered before it is told: four times a second at most. */
const pause = "250 millis"

/** The same while no other process listens: then it is only asked whether one does. */
const quietPause = "2 seconds"

/** How long the connection on which a process listens is kept though nobody does. */
const idleChecks = 3
const idleCheck = "10 seconds"

/** Tells nobody: for commands and tests that have no notifier. */
const silent: Service = {
  tell: () => undefined,
  tellHere: () => undefined,
  miss: () => undefined,
  missHere: () => undefined,
  isWanted: () => false,
  hear: () => Effect.void,
  want: () => undefined
}

/**
 * Tells of what was committed, in this process and in the other ones on the database. Everybody who tells hands over batches after the
 * commit; they are gathered, and told at most four times a second: here by a call, elsewhere by notifications in a transaction of
 * their own. In the transaction that records plays, a notification would make all commits wait for one lock.
 *
 * A process asks with each telling whether another one listens. As long as none does it keeps nothing but the names of the topics,
 * asks every two seconds, and only if something has happened. Whoever begins to listen then hears that these topics have missed
 * something.
 */
export const Notifier = Context.Reference<Service>("fairground/platform/notify/Notifier", {
  defaultValue: () => silent
})

const make = Effect.gen(function* () {
  const process = randomBytes(6).toString("hex")
  const repo = yield* NotifierRepo.make
  const context = yield* Effect.context<Database | Settings>()
  const wanted = new Map<string, number>()
  const listeners = new Set<(heard: Heard) => void>()
  const [here, elsewhere] = [Gathering.make(), Gathering.make()]
  const [wakeHere, wakeElsewhere, isListening] = [
    Latch.makeUnsafe(false),
    Latch.makeUnsafe(false),
    Latch.makeUnsafe(false)
  ]
  let isHeardElsewhere = false
  let hasNews = false

  const emit = (heard: Heard) => {
    for (const listener of listeners) listener(heard)
  }

  const tellHere = (topic: string, read: Read) => {
    if (!wanted.has(topic)) return
    here.add(topic, read)
    wakeHere.openUnsafe()
  }

  const missHere = (topic: string) => {
    if (!wanted.has(topic)) return
    here.miss(topic)
    wakeHere.openUnsafe()
  }

  const missElsewhere = (topic: string) => {
    elsewhere.miss(topic)
    hasNews = true
    wakeElsewhere.openUnsafe()
  }

  const tell = (topic: string, read: Read) => {
    tellHere(topic, read)
    if (!isHeardElsewhere) return missElsewhere(topic)
    elsewhere.add(topic, read)
    hasNews = true
    wakeElsewhere.openUnsafe()
  }

  yield* Effect.gen(function* () {
    yield* wakeHere.await
    yield* Effect.sleep(pause)
    wakeHere.closeUnsafe()
    emit(here.take())
  }).pipe(Effect.forever, Effect.forkScoped)

  const send = Effect.gen(function* () {
    hasNews = false
    const gathered = elsewhere.take()
    const told = yield* Effect.exit(
      Effect.timeout(leavable(repo.tell(process, Messages.write(process, gathered))), "5 seconds")
    )
    isHeardElsewhere = Exit.isSuccess(told) && told.value.isHeard
    if (Exit.isSuccess(told)) return
    // The database does not answer: what was not told is told as missed once it does.
    for (const topic of new Set([...gathered.missed, ...gathered.news.map(({ topic }) => topic)])) missElsewhere(topic)
  })

  yield* Effect.gen(function* () {
    yield* wakeElsewhere.await
    yield* Effect.sleep(isHeardElsewhere ? pause : quietPause)
    wakeElsewhere.closeUnsafe()
    yield* send
  }).pipe(Effect.forever, Effect.forkScoped)
  // What happened last is told before the process ends: a command consists of nothing else.
  yield* Effect.addFinalizer(() => (hasNews ? Effect.timeoutOption(send, "1 second") : Effect.void))

  const listen = Effect.scoped(
    Effect.gen(function* () {
      const built = yield* Layer.build(prepared(NotifierRepo.connectionOf(process), 1))
      const messages = yield* Context.get(built, PgClient.PgClient).listen(NotifierRepo.channel)
      // What was told before this moment has not been heard.
      emit({ news: [], missed: null })
      for (;;) {
        for (const { payload } of yield* Queue.takeAll(messages)) {
          const heard = Messages.parse(payload)
          // What this process tells, it has heard already.
          if (heard === undefined || heard.from === process) continue
          for (const news of heard.news) if (wanted.has(news.topic)) here.merge(news)
          for (const topic of heard.missed) if (wanted.has(topic)) here.miss(topic)
          wakeHere.openUnsafe()
        }
      }
    })
  ).pipe(Effect.provide(context))

  const untilIdle = Effect.gen(function* () {
    for (let idle = 0; idle < idleChecks; idle = wanted.size === 0 ? idle + 1 : 0) yield* Effect.sleep(idleCheck)
  })

  yield* Effect.gen(function* () {
    yield* isListening.await
    // `leavable`, because on a dead connection the final UNLISTEN would never be answered.
    yield* Effect.raceFirst(leavable(listen), untilIdle).pipe(
      Effect.catchCause(() => Effect.logDebug("The connection that hears news of other processes is lost"))
    )
    yield* Effect.flatMap(Random.nextBetween(300, 700), (millis) => Effect.sleep(millis))
  }).pipe(Effect.forever, Effect.forkScoped)

  const want = (topic: string, by: 1 | -1) => {
    const count = (wanted.get(topic) ?? 0) + by
    if (count <= 0) wanted.delete(topic)
    else wanted.set(topic, count)
    if (wanted.size === 0) isListening.closeUnsafe()
    else isListening.openUnsafe()
  }

  return {
    tell,
    tellHere,
    miss: (topic: string) => {
      missHere(topic)
      missElsewhere(topic)
    },
    missHere,
    isWanted: (topic: string) => wanted.has(topic),
    hear: (listener: (heard: Heard) => void) =>
      Effect.acquireRelease(
        Effect.sync(() => void listeners.add(listener)),
        () => Effect.sync(() => void listeners.delete(listener))
      ),
    want
  }
})

export const layer = Layer.effect(Notifier, make)
