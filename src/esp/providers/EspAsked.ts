/** How many addresses are remembered; past that the oldest is forgotten. */
const most = 10_000

/**
 * The addresses that this process has had a provider ask to confirm. A registration is retried, and a mail must not come
 * again with each retry. Another process, or this one after its start, knows nothing of it: then one more mail can come.
 */
export interface EspAsked {
  readonly has: (emailKey: string) => boolean
  readonly add: (emailKey: string) => void
  readonly forget: (emailKey: string) => void
}

export const make = (): EspAsked => {
  const asked = new Set<string>()
  return {
    has: (emailKey) => asked.has(emailKey),
    add: (emailKey) => {
      asked.delete(emailKey)
      asked.add(emailKey)
      const oldest = asked.values().next().value
      if (asked.size > most && oldest !== undefined) asked.delete(oldest)
    },
    forget: (emailKey) => void asked.delete(emailKey)
  }
}
