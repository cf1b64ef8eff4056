import { Effect } from "effect"
import type { ServerResponse } from "node:http"
import { httpPeer, json } from "../esp/HttpPeer.ts"

/** How the stand-in answers a request. */
export type ModelReply = (response: ServerResponse) => void

const usage = { prompt_tokens: 400, completion_tokens: 30, total_tokens: 430 }

const completion = (message: object, finish_reason: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_795_000_000,
  model: "stand-in",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
  usage
})

/** A model's answer with this text. */
export const writes =
  (content: string, finish = "stop"): ModelReply =>
  (response) =>
    json(response, 200, completion({ content, refusal: null }, finish))

/** A model's answer with a card with this text. */
export const card = (text: string) => writes(JSON.stringify({ text }))

export const refuses: ModelReply = (response) =>
  json(response, 200, completion({ content: null, refusal: "I cannot help with that." }, "stop"))

/** The provider's moderation stops the model, after some text. */
export const filters: ModelReply = (response) => json(response, 200, completion({ content: "{" }, "content_filter"))

/** The provider's moderation refuses the prompt. */
export const filtersPrompt: ModelReply = (response) =>
  json(response, 400, {
    error: { message: "The prompt was filtered.", type: null, param: "prompt", code: "content_filter" }
  })

export const fails =
  (status: number, headers: Record<string, string> = {}): ModelReply =>
  (response) =>
    json(response, status, { error: { message: "no", type: "error", param: null, code: null } }, headers)

export const answers =
  (body: unknown): ModelReply =>
  (response) =>
    json(response, 200, body)

export const answersText =
  (text: string): ModelReply =>
  (response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(text)

/** JSON in an encoding that JSON does not allow. */
export const answersLatin1 =
  (body: unknown): ModelReply =>
  (response) =>
    response
      .writeHead(200, { "content-type": "application/json; charset=iso-8859-1" })
      .end(Buffer.from(JSON.stringify(body), "latin1"))

export const hangs: ModelReply = () => undefined

interface Request {
  readonly path: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: {
    readonly model: string
    readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string }>
    readonly response_format: { readonly type: string; readonly json_schema: { readonly strict: boolean } }
    readonly max_completion_tokens?: number
  }
}

/** A stand-in of an endpoint for OpenAI's chat completions. Gives these replies in order, and then repeats the last one. */
export const modelPeer = (...replies: ReadonlyArray<ModelReply>) =>
  Effect.gen(function* () {
    let given = 0
    const peer = yield* httpPeer((_, response) => {
      const reply = replies[Math.min(given, replies.length - 1)]
      given++
      reply?.(response)
    })
    return {
      url: `${peer.url}/v1`,
      requests: (): ReadonlyArray<Request> =>
        peer.received.map(({ body, headers, path }) => ({ path, headers, body: JSON.parse(body) as Request["body"] }))
    }
  })
