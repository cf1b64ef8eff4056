import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { type ComponentPropsWithRef, type ReactNode, useCallback } from "react"
import type { Raw } from "./Search.ts"

/** Names to texts; undefined takes a name out of the address. */
export type Change = Readonly<Record<string, string | undefined>>

type Before = Record<string, unknown>

/**
 * What the address says of a screen, as `read` understands it, and how to change some of it:
 *
 * ```ts
 * const [{ q, verdict }, change] = useFilters(readSearch)
 * change({ verdict: "rejected" })
 * ```
 *
 * A change makes a new entry in the browser's history; `isQuiet` replaces the one that is there, as while somebody types.
 */
export const useFilters = <S,>(read: (raw: Raw) => S): readonly [S, (change: Change, isQuiet?: boolean) => void] => {
  const raw: Raw = useSearch({ strict: false })
  const navigate = useNavigate()
  const change = useCallback(
    (changed: Change, isQuiet = false) => {
      void navigate({
        to: ".",
        search: (before: Before) => ({ ...before, ...changed }),
        replace: isQuiet,
        resetScroll: false
      })
    },
    [navigate]
  )
  return [read(raw), change]
}

/** Goes to a screen. */
export const useGo = (): ((to: string, search?: Change) => void) => {
  const navigate = useNavigate()
  return useCallback(
    (to, search = {}) => {
      void navigate({ to, search })
    },
    [navigate]
  )
}

type Rest = Omit<ComponentPropsWithRef<"a">, "href" | "children">

/** A link to a screen, such as `/players`. */
export const To = ({
  children,
  search = {},
  to,
  ...rest
}: { readonly to: string; readonly search?: Change; readonly children: ReactNode } & Rest) => (
  <Link to={to} search={search} {...(rest as object)}>
    {children}
  </Link>
)

/** A link to the same screen with some of its address changed, such as the row whose drawer opens. */
export const Here = ({
  change,
  children,
  ...rest
}: { readonly change: Change; readonly children: ReactNode } & Rest) => (
  <Link to="." search={(before: Before) => ({ ...before, ...change })} resetScroll={false} {...(rest as object)}>
    {children}
  </Link>
)
