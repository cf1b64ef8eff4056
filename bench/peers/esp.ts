import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/**
 * An ESP for measurements in its own process: as much of listmonk as a play needs. It receives its behaviour over the IPC
 * channel and reports where it listens and, on request, how many contacts it has created.
 */
export type Behaviour = "healthy" | "hanging" | "refusing"

export type Command = { readonly type: "behave"; readonly as: Behaviour } | { readonly type: "count" }

export type Said =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "done" }
  | { readonly type: "counted"; readonly created: number; readonly asked: number }

const latencyMs = Number(process.env["LATENCY_MS"] ?? "50")

const say = (said: Said) => void process.send?.(said)

let behaviour: Behaviour = "healthy"
let asked = 0
const known = new Set<string>()
// Answers that are due together share one timer: a timer per answer would cost more than the answer.
let due: Array<() => void> = []

const answer = (response: ServerResponse, status: number, body: unknown) => {
  const text = JSON.stringify(body)
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
  response.end(text)
}

const inTime = (work: () => void) => {
  due.push(work)
  if (due.length > 1) return
  setTimeout(() => {
    const now = due
    due = []
    for (const one of now) one()
  }, latencyMs)
}

const list = { id: 1, optin: "single", subscription_status: "unconfirmed" }

const register = (response: ServerResponse, body: string) => {
  const { email } = JSON.parse(body) as { readonly email: string }
  const key = email.toLowerCase()
  if (known.has(key)) return answer(response, 409, { message: "E-mail already exists." })
  known.add(key)
  answer(response, 200, { data: { id: known.size, email: key, status: "enabled", lists: [list] } })
}

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    if (request.method !== "POST") return answer(response, 404, { message: "Not found." })
    asked++
    switch (behaviour) {
      case "hanging":
        return
      case "refusing":
        return answer(response, 503, { message: "Service unavailable." })
      case "healthy":
        return inTime(() => register(response, Buffer.concat(chunks).toString()))
    }
  })
})

process.on("message", (command: Command) => {
  switch (command.type) {
    case "behave":
      behaviour = command.as
      return say({ type: "done" })
    case "count":
      return say({ type: "counted", created: known.size, asked })
  }
})
process.on("disconnect", () => process.exit(0))
process.on("SIGINT", () => {})
server.listen(0, "127.0.0.1", () => say({ type: "listening", port: (server.address() as AddressInfo).port }))
