import { Schema } from "effect"

/** The header of writes that a client may send again. `what` it names; `answer` is what a retry gets. Loaded by clients. */
export const idempotencyKey = (what: string, answer: string, example: string) =>
  Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(255)).annotate({
    title: "Idempotency-Key",
    description: `1 to 255 characters that name this ${what}. A retry with the same key and body is answered with the ${answer}; another body with the same key is refused. Take a new one, such as a UUID, for each ${what}.`,
    examples: [example]
  })
