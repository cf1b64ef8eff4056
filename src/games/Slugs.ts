import { Schema, SchemaTransformation } from "effect"
import { Slug } from "./Game.ts"

/** As many as a list has on its longest page. */
const most = 100

/** Several games in a query, separated by commas. */
export const Slugs = Schema.String.check(Schema.isMaxLength(65 * most))
  .annotate({
    description: `The slugs of 1 to ${most} games, separated by commas. Those that there are not are left out of the answer.`,
    examples: ["wheel,scratch"]
  })
  .pipe(
    Schema.decodeTo(
      Schema.Array(Slug).check(Schema.isMaxLength(most)),
      SchemaTransformation.transform({
        decode: (text: string): ReadonlyArray<string> => text.split(","),
        encode: (slugs: ReadonlyArray<string>) => slugs.join(",")
      })
    )
  )
