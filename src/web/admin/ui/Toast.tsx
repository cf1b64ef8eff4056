import { lazy, Suspense, useState } from "react"
import { makeStore, useStore } from "../Store.ts"

/** What a toast says. */
export interface Saying {
  readonly title: string
  readonly detail?: string
  readonly isBad?: boolean
  readonly undo?: { readonly label: string; readonly run: () => void }
}

/** What was said and is not shown yet. */
export const said = makeStore<ReadonlyArray<Saying>>([])

/**
 * Says what was done, for some seconds. `undo` is for what can be taken back; what cannot is asked for before, by `ConfirmDialog`.
 */
export const say = (title: string, options: Omit<Saying, "title"> = {}): void =>
  said.set([...said.get(), { title, ...options }])

const ToastList = lazy(async () => ({ default: (await import("./ToastList.tsx")).ToastList }))

/** Where toasts appear. Once, around the whole app. What shows them is loaded with the first. */
export const Toasts = () => {
  const isSaid = useStore(said).length > 0
  const [isWanted, want] = useState(false)
  if (isSaid && !isWanted) want(true)
  return isWanted ? (
    <Suspense fallback={null}>
      <ToastList />
    </Suspense>
  ) : null
}
