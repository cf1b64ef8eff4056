import { Effect } from "effect"
import { joined } from "./EventText.ts"

/**
 * What waits for one reader, in bounded memory: at most `mostBytes`. If more comes, all of it is dropped, nothing more is kept, and
 * the next thing that the reader gets is `behind`. The parts are shared with other readers, so that they cost little.
 */
export const make = (mostBytes: number, behind: Uint8Array) => {
  let parts: Array<Uint8Array> = []
  let bytes = 0
  let isBehind = false
  let isOver = false
  let wake: (() => void) | undefined

  const woken = () => {
    const call = wake
    wake = undefined
    call?.()
  }

  const next = (): Uint8Array | undefined => {
    if (isBehind) parts.unshift(behind)
    if (parts.length === 0) return undefined
    const text = joined(parts)
    parts = []
    bytes = 0
    isBehind = false
    return text
  }

  /** True: the reader is behind from now on. */
  const put = (part: Uint8Array): boolean => {
    if (isOver || isBehind) return false
    if (bytes + part.length > mostBytes) {
      parts = []
      bytes = 0
      isBehind = true
      woken()
      return true
    }
    parts.push(part)
    bytes += part.length
    woken()
    return false
  }

  /** The last part. It comes whatever waits before it. */
  const end = (part: Uint8Array): void => {
    if (isOver) return
    isOver = true
    parts.push(part)
    woken()
  }

  /** Waits for what there is to read; undefined: it is over. For one reader. */
  const take: Effect.Effect<Uint8Array | undefined> = Effect.suspend(() => {
    const text = next()
    if (text !== undefined || isOver) return Effect.succeed(text)
    return Effect.callback<Uint8Array | undefined>((resume) => {
      wake = () => resume(Effect.sync(next))
      return Effect.sync(() => {
        wake = undefined
      })
    })
  })

  return { put, end, take, isOver: () => isOver }
}
export type Mailbox = ReturnType<typeof make>
