import { Context, Effect } from "effect"

/**
 * Shows a line to whoever sits before the machine, and keeps it in no log: links without which a newcomer does not get in. By default
 * there is nobody; the demonstration and a service on a terminal provide it.
 */
export const Screen = Context.Reference<(line: string) => Effect.Effect<void>>("fairground/accounts/Screen", {
  defaultValue: () => () => Effect.void
})
