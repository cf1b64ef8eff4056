import { Clock, Duration, Effect } from "effect"
import {
  type Bucket,
  busyMillis,
  type Decision,
  type GovernorPolicy,
  type GovernorStore,
  type Priority,
  shareOf,
  sliceMillis,
  slicesPerWindow
} from "./GovernorPolicy.ts"

/** Calls in the last window, by slice, oldest first. `newest` is the number of the last slice, counted from 1970. */
interface Count {
  readonly sliceMillis: number
  newest: number
  slices: ReadonlyArray<number>
}

interface Account {
  closedUntil: number
  readonly counts: Map<string, Count>
  /** Until when each call counts as running, by lease. */
  readonly leases: Map<string, number>
}

const empty: ReadonlyArray<number> = Array.from({ length: slicesPerWindow + 1 }, () => 0)

const shifted = (count: Count | undefined, length: number, now: number): Count => {
  const newest = Math.floor(now / length)
  if (count === undefined || count.sliceMillis !== length) return { sliceMillis: length, newest, slices: empty }
  const shift = Math.min(Math.max(0, newest - count.newest), empty.length)
  return {
    sliceMillis: length,
    newest: Math.max(newest, count.newest),
    slices: [...count.slices.slice(shift), ...empty.slice(0, shift)]
  }
}

const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

/** Milliseconds until the bucket has room for `cost`; 0: it has room now. */
const waitFor = (count: Count, { cost }: Bucket, share: number, now: number): number => {
  // A cost above the share would never fit, so it may use the whole window alone.
  const room = Math.max(share, cost) - cost
  let used = sum(count.slices)
  if (used <= room) return 0
  const leaves = count.slices.findIndex((slice) => (used -= slice) <= room)
  return (count.newest + leaves + 1) * count.sliceMillis - now
}

/** Counts kept by this process. */
export const make: Effect.Effect<GovernorStore> = Effect.sync(() => {
  const accounts = new Map<string, Account>()
  let leases = 0

  const accountFor = (name: string): Account => {
    const known = accounts.get(name)
    if (known !== undefined) return known
    const account = { closedUntil: 0, counts: new Map<string, Count>(), leases: new Map<string, number>() }
    accounts.set(name, account)
    return account
  }

  const decide = (policy: GovernorPolicy, priority: Priority, now: number): Decision => {
    const account = accountFor(policy.account)
    for (const [lease, until] of account.leases) if (until <= now) account.leases.delete(lease)
    const counts = policy.buckets.map((bucket) => ({
      bucket,
      count: shifted(account.counts.get(bucket.name), sliceMillis(bucket.window), now)
    }))
    const { concurrency } = policy
    const isBusy = concurrency !== null && account.leases.size >= shareOf(concurrency.limit, priority)
    const waitMillis = Math.max(
      account.closedUntil - now,
      isBusy ? busyMillis : 0,
      ...counts.map(({ bucket, count }) => waitFor(count, bucket, shareOf(bucket.limit, priority), now))
    )
    if (waitMillis > 0) return { isGranted: false, waitMillis }
    for (const { bucket, count } of counts) {
      const last = (count.slices.at(-1) ?? 0) + bucket.cost
      account.counts.set(bucket.name, { ...count, slices: [...count.slices.slice(0, -1), last] })
    }
    if (concurrency === null) return { isGranted: true, lease: null }
    const lease = `${++leases}`
    account.leases.set(lease, now + Duration.toMillis(concurrency.hold))
    return { isGranted: true, lease }
  }

  return {
    take: (policy, priority) => Effect.map(Clock.currentTimeMillis, (now) => decide(policy, priority, now)),
    release: (account, lease) => Effect.sync(() => accountFor(account).leases.delete(lease)),
    close: (account, millis) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const known = accountFor(account)
        known.closedUntil = Math.max(known.closedUntil, now + millis)
      })
  }
})
