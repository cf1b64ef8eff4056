import { Effect } from "effect"
import { get } from "node:http"
import * as Service from "./Service.ts"

export interface ServerEvent {
  readonly event: string
  readonly data: Record<string, unknown>
}

/** Follows a stream of server-sent events until the scope closes. */
export const follow = Effect.fnUntraced(function* (
  base: string,
  path: string,
  headers: Readonly<Record<string, string>> = {}
) {
  const events: Array<ServerEvent> = []
  const comments: Array<string> = []
  let status = 0
  let isOver = false
  let text = ""
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const sent = get(`${base}${path}`, { headers, agent: false }, (response) => {
        status = response.statusCode ?? 0
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
          const parts = text.split("\n\n")
          text = parts.pop() ?? ""
          for (const part of parts) {
            const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? []
            if (event === undefined || data === undefined) comments.push(part)
            else events.push({ event, data: JSON.parse(data) as Record<string, unknown> })
          }
        })
        response.on("close", () => {
          isOver = true
        })
      })
      sent.on("error", () => {
        isOver = true
      })
      return sent
    }),
    (sent) => Effect.sync(() => sent.destroy())
  )
  yield* Service.untilTrue("the stream has begun", () => events.length > 0 || isOver)
  return {
    status: () => status,
    events,
    comments,
    isOver: () => isOver,
    /** What came so far under this name. */
    of: (name: string) => events.filter(({ event }) => event === name).map(({ data }) => data),
    until: (what: string, look: (events: ReadonlyArray<ServerEvent>) => boolean) =>
      Service.untilTrue(what, () => look(events)),
    ended: Effect.suspend(() => Service.untilTrue("the stream has ended", () => isOver)).pipe(
      Effect.map(() => events.at(-1))
    )
  }
})
