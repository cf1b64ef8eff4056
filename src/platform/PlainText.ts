import { Schema } from "effect"

// Means the same with the flag `u` and without, and looks nowhere ahead: tools that read the API's document differ in
// that. Refused are controls, which a terminal obeys, line breaks, and what turns the direction of all that follows.
// oxlint-disable-next-line no-control-regex -- they are what is refused, and `\p{Cc}` needs the flag
const oneLine = /^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$/u

/** Something that leaves a mark: a zero-width character does not, nor do fillers and the Braille pattern without dots. */
const seen = /[^\s\p{Default_Ignorable_Code_Point}\p{C}\u2800]/u

const fault = (text: string): string | true => {
  if (!text.isWellFormed()) return "Expected no half of a surrogate pair"
  if (text.trim() === "") return "Expected text that is not blank"
  return seen.test(text) || "Expected text that can be seen"
}

/**
 * What people write on one line, such as a name: 1 to `maximum` UTF-16 units, some of which can be seen, without control
 * characters.
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
    // Before the check that JSON Schema cannot say: with it, they would be left out.
    .annotate(annotations)
    .check(Schema.makeFilter(fault))
