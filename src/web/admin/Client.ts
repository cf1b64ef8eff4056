import { type Cause, Effect, Exit, Option, Schedule } from "effect"
import { FetchHttpClient, HttpClient, type HttpClientResponse } from "effect/http"
import { AsyncResult, Atom, AtomHttpApi, AtomRegistry, Reactivity } from "effect/reactivity"
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react"
import { Api } from "../../Api.ts"
import { interruption } from "./Interruption.ts"

const wait = Schedule.jittered(Schedule.exponential("300 millis"))

/**
 * Reads are tried again when the network fails. Writes are not: a write whose answer was lost may have happened. A session that has
 * ended is seen here, whichever screen has asked.
 */
const careful = (client: HttpClient.HttpClient): HttpClient.HttpClient => {
  const patient = HttpClient.retryTransient(client, { retryOn: "errors-only", schedule: wait, times: 2 })
  const look = (response: HttpClientResponse.HttpClientResponse) =>
    Effect.sync(() => {
      if (response.status === 401) interruption.set("ended")
    })
  return HttpClient.tap(
    HttpClient.make((request) => (request.method === "GET" ? patient : client).execute(request)),
    look
  )
}

/** The service's contract, as its own page calls it: with the cookie of the session, on the same origin. */
export class Client extends AtomHttpApi.Service<Client>()("fairground/web/Client", {
  api: Api,
  httpClient: FetchHttpClient.layer,
  baseUrl: location.origin,
  transformClient: careful
}) {}

/** Values stay for a while after their screen was left, so that going back shows them at once. */
const registry = AtomRegistry.make({ defaultIdleTTL: 30_000 })

/** The value of an atom, followed. */
export const useAtom = <A>(atom: Atom.Atom<A>): A => {
  const store = useMemo(
    () => ({
      subscribe: (listener: () => void) => registry.subscribe(atom, listener),
      get: () => registry.get(atom)
    }),
    [atom]
  )
  return useSyncExternalStore(store.subscribe, store.get)
}

/** What a query has brought so far. */
export interface Query<A> {
  /** The newest value, also while or after a newer one is or was asked for. */
  readonly value: A | undefined
  /** Why the newest could not be got. */
  readonly cause: Cause.Cause<unknown> | undefined
  readonly isWaiting: boolean
  readonly retry: () => void
}

type Result<A> = Atom.Atom<AsyncResult.AsyncResult<A, unknown>>

/**
 * Asks, and asks again when a write says that one of the query's `reactivityKeys` has changed:
 *
 * ```ts
 * const player = useQuery(Client.query("players", "get", { params: { id }, reactivityKeys: ["players"] }))
 * ```
 *
 * Queries are compared by value, so one may be made while rendering.
 */
export const useQuery = <A>(atom: Result<A>): Query<A> => {
  const result = useAtom(atom)
  const retry = useCallback(() => registry.refresh(atom), [atom])
  return {
    value: Option.getOrUndefined(AsyncResult.value(result)),
    cause: AsyncResult.isFailure(result) && !result.waiting ? result.cause : undefined,
    isWaiting: result.waiting || AsyncResult.isInitial(result),
    retry
  }
}

type Calls = Client["Service"]

/** Asks for nothing, in place of a query that is not wanted now. */
export const nothing: Result<never> = Atom.make(AsyncResult.initial<never>())

/** How a write ended. */
export type Ended<A> =
  | { readonly isDone: true; readonly value: A }
  | { readonly isDone: false; readonly cause: Cause.Cause<unknown> }

/** Asks piece by piece, where one request does a bounded part of what is to be done. Says how much was done. */
export const inPieces = <C, E, R>(
  piece: (from: { readonly cursor?: C }) => Effect.Effect<{ readonly count: number; readonly next: C | null }, E, R>
): Effect.Effect<number, E, R> =>
  Effect.gen(function* () {
    let { count: sum, next } = yield* piece({})
    while (next !== null) {
      const more = yield* piece({ cursor: next })
      sum += more.count
      next = more.next
    }
    return sum
  })

/** A write that a person does. */
export interface Action<R, A> {
  /** Does it. While one runs, another is not begun: the result is that of the first. */
  readonly run: (request: R) => Promise<Ended<A>>
  readonly isWaiting: boolean
  /** Why the last one failed; undefined: it did not, or another was begun. */
  readonly cause: Cause.Cause<unknown> | undefined
  readonly clear: () => void
}

/**
 * Calls the contract to write. When that succeeds, the queries with one of these keys ask again:
 *
 * ```ts
 * const reset = useAction((client, params: Entry) => client.entries.reset({ params }), ["entries"])
 * const end = await reset.run({ slug, playerId })
 * ```
 */
export const useAction = <R, A, E>(
  call: (client: Calls, request: R) => Effect.Effect<A, E>,
  keys: ReadonlyArray<string>
): Action<R, A> => {
  const latest = useRef(call)
  useEffect(() => {
    latest.current = call
  })
  const [shown, setShown] = useState<{ readonly isWaiting: boolean; readonly cause?: Cause.Cause<unknown> }>({
    isWaiting: false
  })
  const running = useRef<Promise<Ended<A>>>(undefined)
  const run = useCallback(
    (request: R): Promise<Ended<A>> => {
      if (running.current !== undefined) return running.current
      setShown({ isWaiting: true })
      const atom = Client.runtime.fn<R>()((given) =>
        // oxlint-disable-next-line react/rules-of-hooks -- the framework's, not React's
        Client.use((client) => latest.current(client, given)).pipe(Reactivity.mutation(keys))
      )
      const release = registry.mount(atom)
      registry.set(atom, request)
      const ended = Effect.runPromiseExit(AtomRegistry.getResult(registry, atom, { suspendOnWaiting: true })).then(
        (exit): Ended<A> => {
          release()
          running.current = undefined
          if (Exit.isSuccess(exit)) {
            setShown({ isWaiting: false })
            return { isDone: true, value: exit.value }
          }
          setShown({ isWaiting: false, cause: exit.cause })
          return { isDone: false, cause: exit.cause }
        }
      )
      running.current = ended
      return ended
    },
    // The keys are those of the action, which stay as they are.
    // oxlint-disable-next-line react/exhaustive-deps
    []
  )
  const clear = useCallback(() => setShown({ isWaiting: false }), [])
  return { run, isWaiting: shown.isWaiting, cause: shown.cause, clear }
}

/** What failed is asked for again: after the session was renewed, or the network came back. */
export const retryFailed = (): void => {
  for (const node of registry.getNodes().values()) {
    const value: unknown = node.value()
    if (AsyncResult.isAsyncResult(value) && AsyncResult.isFailure(value)) registry.refresh(node.atom)
  }
}

const refreshing = Client.runtime.fn<ReadonlyArray<string>>()((keys) => Reactivity.invalidate(keys), {
  concurrent: true
})
let isMounted = false

/** Queries with one of these keys ask again, as after a write: somebody else has changed something. */
export const refreshKeys = (keys: ReadonlyArray<string>): void => {
  if (!isMounted) registry.mount(refreshing)
  isMounted = true
  registry.set(refreshing, keys)
}
