import { Effect, type Redacted } from "effect"
import { get } from "node:http"
import { fileURLToPath } from "node:url"
import * as Service from "../service/Service.ts"
import { query } from "../service/Stored.ts"
import * as TestDatabase from "../TestDatabase.ts"

const program = fileURLToPath(new URL("ProbeProgram.ts", import.meta.url))

/** A database with the table in which probes record what they do. */
export const makeUrl = Effect.tap(TestDatabase.makeUrl, (url) => prepare(url))

export const prepare = (url: Redacted.Redacted<string>) =>
  query(
    url,
    (sql) =>
      sql`create table probe (task_id uuid, attempt int, pid int, what text, at timestamptz default clock_timestamp())`
  )

/** A replica with the task kinds of the tests. */
export const start = (url: Redacted.Redacted<string>, env: Record<string, string> = {}) =>
  Service.start(url, env, [program])

export interface Noted {
  readonly taskId: string
  readonly attempt: number
  readonly pid: number
  readonly what: "begun" | "done" | "interrupted"
}

/** What the probes have recorded so far. */
export const noted = (url: Redacted.Redacted<string>) =>
  query(url, (sql) => sql<Noted>`select task_id as "taskId", attempt, pid, what from probe order by at`)

/** How many tasks have each status. */
export const statuses = (url: Redacted.Redacted<string>) =>
  Effect.map(
    query(
      url,
      (sql) => sql<{ status: string; count: number }>`select status, count(*)::int as count from task group by status`
    ),
    (rows): Record<string, number> => Object.fromEntries(rows.map(({ count, status }) => [status, count]))
  )

/** Waits until this many tasks are over. */
export const untilOver = (url: Redacted.Redacted<string>, count: number) =>
  Service.until(
    `${count} tasks are over`,
    Effect.map(statuses(url), ({ cancelled = 0, failed = 0, succeeded = 0 }) =>
      succeeded + failed + cancelled >= count ? true : undefined
    )
  )

/** Submits tasks, several at a time. Returns their ids. */
export const submit = (
  client: Service.Client,
  bases: ReadonlyArray<string>,
  count: number,
  body: Record<string, unknown> = { kind: "probe", input: {} }
) =>
  Effect.forEach(
    Array.from({ length: count }, (_, place) => place),
    (place) =>
      Effect.map(
        Effect.promise(() => client.send(bases[place % bases.length]!, "POST", "/api/v1/tasks", body)),
        (answer) => {
          if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
          return String(answer.body["id"])
        }
      ),
    { concurrency: 32 }
  )

export interface Streamed {
  readonly id: number
  readonly task: Record<string, unknown>
}

/** A stream of server-sent events. It is closed with the scope. */
export const events = (base: string, id: string, lastEventId?: number | string, headers: Record<string, string> = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const received: Array<Streamed> = []
      const state = { status: 0, isOver: false, comments: 0, type: "" }
      const request = get(
        `${base}/api/v1/tasks/${id}/events`,
        { headers: { ...headers, ...(lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) }) } },
        (response) => {
          state.status = response.statusCode ?? 0
          state.type = response.headers["content-type"] ?? ""
          let text = ""
          response.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk
            const blocks = text.split("\n\n")
            text = blocks.pop() ?? ""
            for (const block of blocks) {
              if (block.startsWith(":")) state.comments++
              const fields = new Map(
                block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)])
              )
              const data = fields.get("data")
              if (data !== undefined)
                received.push({ id: Number(fields.get("id")), task: JSON.parse(data) as Record<string, unknown> })
            }
          })
          response.on("end", () => {
            state.isOver = true
          })
          response.on("error", () => {})
        }
      )
      request.on("error", () => {})
      return { received, state, close: () => request.destroy() }
    }),
    ({ close }) => Effect.sync(close)
  )
