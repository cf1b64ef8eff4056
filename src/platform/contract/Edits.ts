import { Schema, SchemaTransformation } from "effect"

/**
 * Optimistic concurrency control: a resource has a version, which each change increments. Answers send it as `ETag`. An edit that
 * sends it back as `If-Match` fails with `ChangedMeanwhile` if the version has changed since. Clients load this file, so it imports
 * no server code.
 */

const Version = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1), Schema.isLessThanOrEqualTo(999_999_999))

/** The `ETag` of an answer: the version in quotes. */
export const ETag = Schema.String.check(Schema.isPattern(/^"[1-9]\d{0,8}"$/u))
  .annotate({
    title: "ETag",
    description:
      "The version of the resource. Send it as `If-Match` with an edit, so that the edit does not overwrite another one.",
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
 * The `If-Match` of an edit: the version that it expects, or null for `*`, which accepts any version. A proxy that compresses an
 * answer weakens its ETag to `W/"3"`, so weak ones are accepted as the same version.
 */
export const IfMatch = Schema.String.check(
  Schema.isPattern(/^(?:\*|(?:W\/)?"[1-9]\d{0,8}")$/u, { message: 'Expected the ETag of an answer, such as "3", or *' })
)
  .annotate({
    title: "If-Match",
    description:
      "The `ETag` of the version that is edited. If the resource has changed since, nothing is done, and the answer is 412. Without this header, or with `*`, any version is edited.",
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
