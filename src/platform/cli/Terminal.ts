import { Console, type Effect } from "effect"

// Controls, among them the escapes of terminals, line breaks, what turns the direction of writing, and halves of pairs.
const obeyed = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Text on one line that a terminal shows and does not obey. JSON means the same as before. */
const shown = (line: string): string =>
  line.replaceAll(obeyed, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)

/**
 * Prints a line, or several: whatever strangers have written in one, it stays one, and no terminal obeys it. `before` is for
 * the terminal.
 */
export const print = (lines: string | ReadonlyArray<string>, before = ""): Effect.Effect<void> =>
  Console.log(before + (typeof lines === "string" ? [lines] : lines).map(shown).join("\n"))

/** Says on standard error what is wrong; the lines of the message stay lines. */
export const complain = (message: string): Effect.Effect<void> =>
  Console.error(message.split("\n").map(shown).join("\n"))
