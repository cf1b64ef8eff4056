import type { ReactNode } from "react"
import type { Query } from "../Client.ts"
import { Fault, FaultNote } from "./Fault.tsx"
import { Skeleton } from "./Skeleton.tsx"

/**
 * Shows a query in each of its states: a skeleton at first, a fault with "Try again", and then the value, which stays while a newer
 * one is asked for.
 *
 * ```tsx
 * <Loaded query={player} skeleton={<Skeleton rows={6} />}>{(value) => <h2>{value.email}</h2>}</Loaded>
 * ```
 */
export const Loaded = <A,>(props: {
  readonly query: Query<A>
  readonly skeleton?: ReactNode
  /** What asks again by itself is not dimmed each time. */
  readonly isQuiet?: boolean
  readonly children: (value: A) => ReactNode
}) => {
  const { cause, isWaiting, retry, value } = props.query
  if (value === undefined) {
    return cause === undefined ? (props.skeleton ?? <Skeleton />) : <Fault cause={cause} onRetry={retry} />
  }
  return (
    <div className="loaded" aria-busy={isWaiting && props.isQuiet !== true}>
      {cause === undefined ? null : <FaultNote cause={cause} />}
      {props.children(value)}
    </div>
  )
}
