import { Cause } from "effect"

/**
 * Text for the log without email addresses, which errors quote from what they were given. A scope such as `@effect` in a
 * path is none.
 */
export const withoutAddresses = (text: string): string =>
  text.replaceAll(/[^\s/"'`<>(),;:=@]+(?:@|%40)[^\s/"'`<>(),;:=@]+/gi, "<address>")

/** All that is known of a failure, for the log. */
export const forLog = (cause: Cause.Cause<unknown>): string => withoutAddresses(Cause.pretty(cause))
