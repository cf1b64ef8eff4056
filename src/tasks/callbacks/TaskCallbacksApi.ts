import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { bodyProblems, DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { TaskId } from "../Task.ts"
import { TaskCallback } from "./TaskCallback.ts"
import { CallbackExpired, CallbackForged, CallbackNotFound, CallbackUsed } from "./TaskCallbackErrors.ts"

const Token = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)).annotate({
  description: "What makes the address good for one call. It is part of the address as the integration was given it.",
  examples: ["1795320000.mK1Y8Jw0c2n4q6s8u0w2yA.8s7dXkq0c1m9vY2bT5wR3nE6hJ4gL0pA1sD2fG3hJ4k"]
})

export class TaskCallbacksApi extends HttpApiGroup.make("taskCallbacks")
  .add(
    HttpApiEndpoint.post("receive", "/tasks/:id/callback", {
      params: { id: TaskId },
      query: { token: Token },
      payload: TaskCallback,
      success: HttpApiSchema.NoContent,
      error: [
        CallbackForged,
        CallbackNotFound,
        CallbackUsed,
        CallbackExpired,
        ...bodyProblems,
        TooManyRequests,
        DatabaseUnavailable
      ]
    })
      .annotate(OpenApi.Summary, "Call back with a task's content")
      .annotate(
        OpenApi.Description,
        "For integrations: brings the content of a task, or why there is none, to the address that the integration was given with the task. An address is good for one call within a day. When it is answered with 204, the content is on disk; 409 means the same of an earlier call, so that a call whose answer was lost can be made again."
      )
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Description, "What integrations call back at.") {}
