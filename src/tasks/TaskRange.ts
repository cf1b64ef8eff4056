import { Schema } from "effect"
import * as Moment from "../platform/contract/Moment.ts"

/** Which tasks are meant, whatever their status; what is left out: any. */
export const taskRange = {
  kind: Schema.optionalKey(
    Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(100)).annotate({
      description: "Only tasks of this kind.",
      examples: ["truth-or-dare"]
    })
  ),
  since: Schema.optionalKey(Moment.fromClient("Only tasks handed in from then on.", "2026-11-20T00:00:00.000Z")),
  until: Schema.optionalKey(Moment.fromClient("Only tasks handed in before.", "2026-11-21T00:00:00.000Z"))
}
