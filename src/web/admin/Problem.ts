import { Cause } from "effect"
import { HttpClientError } from "effect/http"
import { fill, type Words } from "./words/Words.ts"

/** What went wrong, for a person. */
export interface Shown {
  readonly title: string
  readonly detail?: string | undefined
  /** The last part of the problem's `type`, such as `changed-meanwhile`; left out: it was none of the contract. */
  readonly name?: string | undefined
  /** Whoever runs the service finds the request in its log by this. */
  readonly requestId?: string | undefined
  /** What is wrong with which field, by the field's path in the body, such as `limit.plays`. */
  readonly fields: Readonly<Record<string, string>>
}

const textOf = (record: object, key: string): string | undefined => {
  const value: unknown = Reflect.get(record, key)
  return typeof value === "string" && value !== "" ? value : undefined
}

const fieldsOf = (record: object): Shown["fields"] => {
  const errors: unknown = Reflect.get(record, "errors")
  if (!Array.isArray(errors)) return {}
  return Object.fromEntries(
    errors.flatMap((error: unknown) => {
      if (typeof error !== "object" || error === null) return []
      const path: unknown = Reflect.get(error, "path")
      const message = textOf(error, "message")
      // The first step is the part of the request.
      return Array.isArray(path) && message !== undefined ? [[path.slice(1).join("."), message] as const] : []
    })
  )
}

/**
 * What to tell of a failure. The client turns a broken connection and an answer that it cannot read into defects, so the whole cause
 * is looked at.
 */
export const problemOf = (cause: Cause.Cause<unknown>, words: Words): Shown => {
  const error = Cause.squash(cause)
  const { fault } = words.shell
  if (HttpClientError.isHttpClientError(error)) {
    if (error.response === undefined)
      return { title: fault.offline, detail: fault.offlineLead, name: "offline", fields: {} }
    const { headers, status } = error.response
    const requestId = headers["x-request-id"]
    if (status === 404) return { title: fault.off, detail: fault.offLead, name: "off", requestId, fields: {} }
    return { title: fault.unknown, detail: fill(fault.status, { status }), requestId, fields: {} }
  }
  if (typeof error === "object" && error !== null) {
    const title = textOf(error, "title")
    const type = textOf(error, "type")
    if (title !== undefined && type !== undefined) {
      const name = type.slice(type.lastIndexOf("/") + 1)
      const known: Readonly<Record<string, string>> = fault.titles
      return {
        title: known[name] ?? title,
        detail: known[name] === undefined ? textOf(error, "detail") : undefined,
        name,
        requestId: textOf(error, "requestId"),
        fields: fieldsOf(error)
      }
    }
  }
  return { title: fault.unknown, detail: fault.unknownLead, fields: {} }
}
