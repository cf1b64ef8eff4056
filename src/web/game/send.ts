import type { Play, Problem } from "./shapes.ts"

/** One play under one key: whatever is sent again is counted once. */
export interface Attempt {
  readonly key: string
  readonly body: string
}

/** Why sending takes longer, as the key of the words for it. `seconds`: until it is tried again, where the server said so. */
export interface Waiting {
  readonly why: "offline" | "rateLimited" | "failed"
  readonly seconds: number
}

export type Outcome =
  | { readonly kind: "answered"; readonly play: Play }
  /** The server will not take it: the key is used up, and the next play gets a new one. */
  | { readonly kind: "refused"; readonly status: number; readonly problem: Problem }
  /** Not answered within a minute: the same key is kept for another try. */
  | { readonly kind: "unanswered"; readonly waiting: Waiting }

/** What sending needs of the browser; tests bring their own. */
export interface Surroundings {
  readonly fetch: typeof fetch
  readonly now: () => number
  /** Ends after so many milliseconds, or as soon as the browser says that it is online. */
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly random: () => number
  readonly isOnline: () => boolean
  readonly storage: () => Pick<Storage, "getItem" | "setItem" | "removeItem">
}

export const browser: Surroundings = {
  fetch: (input, init) => fetch(input, init),
  now: () => performance.now(),
  sleep: (milliseconds) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        removeEventListener("online", end)
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      addEventListener("online", end)
    }),
  random: Math.random,
  isOnline: () => navigator.onLine,
  storage: () => sessionStorage
}

/** How long it is tried before the player is asked, and how long one try may take. In milliseconds. */
const patience = 60_000
const longestTry = 12_000

/** A UUID of version 4. `crypto.randomUUID` is missing on pages without TLS. */
export const newKey = (): string => {
  const figures = Array.from(crypto.getRandomValues(new Uint8Array(31)), (byte) => (byte & 15).toString(16))
  figures.splice(12, 0, "4")
  figures[16] = "89ab"[Number.parseInt(figures[16] ?? "", 16) & 3] ?? ""
  return figures.join("").replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}

/**
 * The play that waits for its answer, kept for a reload of the page. Storage may be forbidden, as in a frame of another site: then a
 * reload forgets the play, and all else works.
 */
export const keeper = (slug: string, { storage }: Pick<Surroundings, "storage">) => {
  const place = `fairground:${slug}`
  const quietly = <A>(work: () => A): A | undefined => {
    try {
      return work()
    } catch {
      return undefined
    }
  }
  return {
    keep: (attempt: Attempt) => quietly(() => storage().setItem(place, JSON.stringify(attempt))),
    kept: (): Attempt | undefined =>
      quietly(() => {
        const found = JSON.parse(storage().getItem(place) ?? "null") as Partial<Attempt> | null
        // Throws for what is no JSON: that is as good as nothing.
        return typeof found?.key === "string" && typeof found.body === "string" && JSON.parse(found.body)
          ? { key: found.key, body: found.body }
          : undefined
      }),
    forget: () => quietly(() => storage().removeItem(place))
  }
}

/** One try; undefined: no answer came. */
const once = async (
  url: string,
  { body, key }: Attempt,
  { fetch }: Surroundings
): Promise<{ response: Response; answer: unknown } | undefined> => {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), longestTry)
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body,
      credentials: "omit",
      keepalive: true,
      signal: abort.signal
    })
    const answer: unknown = await response.json().catch(() => undefined)
    // A play whose answer broke off is sent again. A proxy's page instead of a problem says enough by its status.
    return response.ok && !answer ? undefined : { response, answer: answer ?? {} }
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Sends a play until it is answered: again on a network fault, 408, 429 and 5xx, after `Retry-After` or 0.5 to 8 s with jitter, and at
 * once when the browser is back online. Ends after a minute at most; another call with the same attempt is the same play.
 */
export const send = async (
  url: string,
  attempt: Attempt,
  onWait: (waiting: Waiting) => void,
  around: Surroundings = browser
): Promise<Outcome> => {
  const started = around.now()
  for (let tries = 0; ; tries++) {
    const result = await once(url, attempt, around)
    const status = result?.response.status ?? 0
    const problem = (result?.answer ?? {}) as Problem
    if (result?.response.ok) return { kind: "answered", play: result.answer as Play }
    if (result !== undefined && status !== 408 && status !== 429 && status < 500) {
      return { kind: "refused", status, problem }
    }
    // Whole seconds; a date, as some proxies write, is passed over.
    const asked = Number(result?.response.headers.get("retry-after") ?? problem.retryAfterSeconds)
    // At least half of the pause: all who failed together do not come back together, nor at once.
    const pause = asked >= 0 ? asked * 1000 : Math.min(8000, 500 * 2 ** tries) * (0.5 + around.random() / 2)
    const why = status === 429 ? "rateLimited" : result === undefined && !around.isOnline() ? "offline" : "failed"
    const waiting: Waiting = { why, seconds: Math.ceil(pause / 1000) }
    if (around.now() - started + pause >= patience) return { kind: "unanswered", waiting }
    onWait(waiting)
    await around.sleep(pause)
  }
}
