import type { Schema } from "effect"
import type { News } from "../platform/notify/Gathering.ts"
import type { EndReason, RefreshReason } from "./Topic.ts"

const encoder = new TextEncoder()

/** An event as it is sent: JSON has no line breaks. */
export const event = (name: string, data: Schema.Json): Uint8Array =>
  encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)

export const newsEvent = ({ count, game, newest, topic }: News): Uint8Array =>
  event(topic, { ...(game === null ? {} : { game }), count, newest: [...newest] })

const refreshes: Record<RefreshReason, Uint8Array> = {
  started: event("refresh", { reason: "started" }),
  missed: event("refresh", { reason: "missed" }),
  behind: event("refresh", { reason: "behind" })
}

const ends: Record<EndReason, Uint8Array> = {
  "signed-out": event("end", { reason: "signed-out" }),
  "not-permitted": event("end", { reason: "not-permitted" }),
  time: event("end", { reason: "time" }),
  stopping: event("end", { reason: "stopping" })
}

export const refreshEvent = (reason: RefreshReason): Uint8Array => refreshes[reason]

export const endEvent = (reason: EndReason): Uint8Array => ends[reason]

/** A comment. It keeps the connection alive: load balancers close one that is silent for a minute. */
export const heartbeat: Uint8Array = encoder.encode(": still here\n\n")

export const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)
}
