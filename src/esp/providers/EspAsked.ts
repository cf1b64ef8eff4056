/** How many addresses are remembered; beyond that the oldest is forgotten. */
const capacity = 10_000

/**
 * The addresses to which this process has had a provider send the mail that asks to confirm. Registrations are retried, and each
 * retry must not send the mail again. Other processes, and this one after a restart, do not know these addresses and may send
 * one more mail.
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
      if (asked.size > capacity && oldest !== undefined) asked.delete(oldest)
    },
    forget: (emailKey) => void asked.delete(emailKey)
  }
}
