import { Schema, SchemaTransformation } from "effect"

/**
 * What several people may edit carries a version, which every change counts up. It goes out as `ETag`; an edit that brings it back
 * as `If-Match` is refused with `ChangedMeanwhile` where the version is another by then. Loaded by clients: no server import here.
 */

const Version = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1), Schema.isLessThanOrEqualTo(999_999_999))

/** `ETag` of an answer: the version in quotes. */
export const ETag = Schema.String.check(Schema.isPattern(/^"[1-9]\d{0,8}"$/u))
  .annotate({
    title: "ETag",
    description: "The version of what was answered. Sent back as `If-Match`, it keeps an edit from undoing another's.",
    examples: ['"3"']
  })
  .pipe(
    Schema.decodeTo(
      Version,
      SchemaTransformation.transform({
        decode: (text) => Number(text.slice(1, -1)),
        encode: (version) => `"${version}"`
      })
    )
  )

/**
 * `If-Match` of an edit: the version that it is meant for, null for `*`, which is any. A proxy that compresses an answer makes its
 * ETag a weak one (`W/"3"`); it is the same version.
 */
export const IfMatch = Schema.String.check(
  Schema.isPattern(/^(?:\*|(?:W\/)?"[1-9]\d{0,8}")$/u, { message: 'Expected the ETag of an answer, such as "3", or *' })
)
  .annotate({
    title: "If-Match",
    description:
      "The `ETag` that what is edited was answered with: where it has changed since, nothing is done, and the answer is 412. Left out, or `*`: whatever it has become.",
    examples: ['"3"']
  })
  .pipe(
    Schema.decodeTo(
      Schema.NullOr(Version),
      SchemaTransformation.transform({
        decode: (text) => (text === "*" ? null : Number(text.replace(/^W\//, "").slice(1, -1))),
        encode: (version) => (version === null ? "*" : `"${version}"`)
      })
    )
  )
