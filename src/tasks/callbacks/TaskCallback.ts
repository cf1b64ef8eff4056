import { Schema } from "effect"

const CallbackFailure = Schema.Struct({
  detail: Schema.String.annotate({
    description: "Why, for people; it is shown to whoever handed the task in, the first 300 characters of it.",
    examples: ["No card fits these players."]
  }),
  retry: Schema.Boolean.annotate({
    description: "Whether another attempt may succeed. It gets an address of its own to call back.",
    examples: [false]
  })
}).annotate({ identifier: "TaskCallbackFailure", description: "Why the integration has no content." })

/** The body of a callback: the task's content in the schema of its kind, or why there is none. */
export const TaskCallback = Schema.Union([
  Schema.Struct({
    content: Schema.Record(Schema.String, Schema.Json).annotate({
      description: "The content, as the kind of the task has it.",
      examples: [{ text: "Which song can you sing by heart?" }]
    })
  }).annotate({ identifier: "TaskCallbackContent", description: "The integration has done the task." }),
  Schema.Struct({ failure: CallbackFailure }).annotate({
    identifier: "TaskCallbackRefusal",
    description: "The integration cannot do the task."
  })
]).annotate({ identifier: "TaskCallback", description: "What an integration brings: content, or why there is none." })

export type TaskCallback = typeof TaskCallback.Type
