import { useCallback, useEffect, useState } from "react"
import { changedFields, isSame, mergeOnto } from "./Merge.ts"

/** What is being edited of a thing that has a version. */
export interface Draft<D> {
  readonly value: D
  /** What it was read from, and the version for `If-Match`. */
  readonly base: D
  readonly version: number
  readonly isDirty: boolean
  /** Whether a newer version is stored than the one that was read. */
  readonly isBehind: boolean
  /** The fields that somebody else has changed since. */
  readonly theirs: ReadonlyArray<keyof D>
  /** The fields that were changed here. */
  readonly own: ReadonlyArray<keyof D>
  readonly change: (changed: Partial<D>) => void
  /** Puts the own changes on top of the newest version. */
  readonly merge: () => void
  /** Takes what is stored, without the own changes. */
  readonly discard: () => void
  /** After a save: what the service has stored. */
  readonly saved: (stored: D, version: number) => void
}

/** Follows what is stored as long as nothing was changed here. */
export const useDraft = <D extends object>(stored: D, version: number): Draft<D> => {
  const [state, setState] = useState({ base: stored, version, value: stored })
  const isDirty = !isSame(state.value, state.base)
  const isBehind = version > state.version
  const saved = useCallback(
    (next: D, nextVersion: number) => setState({ base: next, version: nextVersion, value: next }),
    []
  )
  useEffect(() => {
    if (isBehind && !isDirty) saved(stored, version)
    // oxlint-disable-next-line react/exhaustive-deps -- `stored` is made anew with each rendering; its version tells
  }, [isBehind, isDirty, version])
  return {
    ...state,
    isDirty,
    isBehind,
    theirs: isBehind ? changedFields(state.base, stored) : [],
    own: changedFields(state.value, state.base),
    change: useCallback(
      (changed: Partial<D>) => setState((before) => ({ ...before, value: { ...before.value, ...changed } })),
      []
    ),
    merge: () => setState({ base: stored, version, value: mergeOnto(state.value, state.base, stored) }),
    discard: () => saved(stored, version),
    saved
  }
}
