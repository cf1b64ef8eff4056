import { Schema, SchemaTransformation } from "effect"

/** A query parameter that is `true` or `false`. */
export const queryBoolean = (description: string, example: "true" | "false") =>
  Schema.Literals(["true", "false"])
    .annotate({ description, examples: [example] })
    .pipe(
      Schema.decodeTo(
        Schema.Boolean,
        SchemaTransformation.transform({
          decode: (text) => text === "true",
          encode: (value): "true" | "false" => (value ? "true" : "false")
        })
      )
    )
