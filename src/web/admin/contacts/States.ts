import type { ContactFacts } from "../../../contacts/Contact.ts"

/** What contacts are looked for by: a verdict, or what becomes of those without one. */
export const states = ["existed", "created", "rejected", "unknown", "waiting", "stuck"] as const
export type State = (typeof states)[number]

/** The state as the API asks for it. */
export const queryOf = (state: State | undefined) => {
  if (state === undefined) return {}
  if (state === "waiting") return { stuck: false }
  if (state === "stuck") return { stuck: true }
  return { verdict: state }
}

/** A query as it stands in an address. */
export const textOf = (query: Readonly<Record<string, string | boolean>>): Record<string, string> =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))

type Facts = Pick<ContactFacts, "verdict" | "dueAt">

/** Given up without a verdict. */
export const isStuck = ({ dueAt, verdict }: Facts): boolean => verdict === "unknown" && dueAt === null

/** Whether it may be attempted again. */
export const mayRetry = (contact: Facts): boolean => contact.verdict === "rejected" || isStuck(contact)
