import { Schema } from "effect"

// Tools that read the API's document differ in flags and lookaheads, so the pattern has no lookahead and means the same
// with and without the flag `u`. It refuses control characters, which a terminal obeys, line breaks, and characters
// that change the writing direction of the text after them.
// oxlint-disable-next-line no-control-regex -- they are what is refused, and `\p{Cc}` needs the flag
const oneLine = /^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$/u

/** A visible character: not a zero-width one, a filler or the empty Braille pattern. */
const visible = /[^\s\p{Default_Ignorable_Code_Point}\p{C}\u2800]/u

const fault = (text: string): string | true => {
  if (!text.isWellFormed()) return "Expected no half of a surrogate pair"
  if (text.trim() === "") return "Expected text that is not blank"
  return visible.test(text) || "Expected text that can be seen"
}

/**
 * One line of text that people write, such as a name: 1 to `maximum` UTF-16 units, at least one visible character, no
 * control characters.
 */
export const plainText = (
  maximum: number,
  annotations: { readonly description: string; readonly examples: readonly [string, ...ReadonlyArray<string>] }
) =>
  Schema.String.check(
    Schema.isMinLength(1, { message: "Expected text that is not blank" }),
    Schema.isMaxLength(maximum, { message: `Expected at most ${maximum} characters` }),
    Schema.isPattern(oneLine, { message: "Expected one line without control characters" })
  )
    // Before the check that JSON Schema cannot express: annotations after it are missing from the document.
    .annotate(annotations)
    .check(Schema.makeFilter(fault))
