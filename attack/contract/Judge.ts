import type { Answer } from "../wire/AnswerReader.ts"
import { catalogue, generalProblems, type Operation } from "./Contract.ts"

/** The request against which an answer is checked. */
export interface Asked {
  readonly method: string
  /** Undefined if the request is not for an operation of the contract, but for a page or an unknown path. */
  readonly operation: Operation | undefined
  /** Whether a 2xx answer would be wrong. */
  readonly mustBeRefused: boolean
}

const header = (answer: Answer, name: string) => answer.headers.get(name)?.[0]

const mediaOf = (answer: Answer) => (header(answer, "content-type") ?? "").replace(/;.*/s, "").trim()

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const jsonOf = (answer: Answer): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(decoder.decode(answer.body)) as unknown }
  } catch {
    return undefined
  }
}

/** The problem that an answer reports, such as `not-found`. */
export const problemOf = (answer: Answer): string | undefined => {
  if (mediaOf(answer) !== "application/problem+json") return undefined
  const body = jsonOf(answer)?.value
  const type = typeof body === "object" && body !== null && "type" in body ? String(body.type) : ""
  return catalogue.get(type)?.name
}

const problemFaults = (answer: Answer, body: unknown): ReadonlyArray<string> => {
  if (typeof body !== "object" || body === null || !("type" in body)) return ["a problem without a type"]
  const known = catalogue.get(String(body.type))
  if (known === undefined) return [`a problem of an unknown type: ${String(body.type)}`]
  if (known.status !== answer.status) return [`${known.name} with the status ${answer.status}`]
  const said = body as { readonly status?: unknown; readonly title?: unknown }
  return said.status === known.status && said.title === known.title
    ? []
    : [`${known.name} without its own status or title`]
}

const bodyFaults = (answer: Answer, { method, operation }: Asked): ReadonlyArray<string> => {
  const media = mediaOf(answer)
  if (answer.status >= 400 && method !== "HEAD" && media !== "application/problem+json") {
    return [`${answer.status} as ${media || "nothing"}, not as a problem`]
  }
  const isEncoded = header(answer, "content-encoding") !== undefined
  if (method === "HEAD" || !answer.isWhole || isEncoded || !media.endsWith("json")) return []
  const json = jsonOf(answer)
  if (json === undefined) return ["a body that is no JSON in UTF-8"]
  const faults = media === "application/problem+json" ? problemFaults(answer, json.value) : []
  const name = problemOf(answer)
  if (operation === undefined || method !== operation.method || (name !== undefined && generalProblems.has(name)))
    return faults
  return [...faults, ...(operation.misfit(answer.status, media, json.value) ?? [])]
}

const isDeclared = (answer: Answer, { method, operation }: Asked): boolean => {
  // Requests with another method than the operation's are answered by the edge.
  if (method === "HEAD" && answer.status >= 400) return true
  const name = problemOf(answer)
  if (name !== undefined && generalProblems.has(name)) return true
  if (method === "OPTIONS") return answer.status === 204
  // Whatever the service takes the request for, it answers with success or a named problem.
  if (operation === undefined) return answer.status < 400 || name !== undefined
  return operation.statuses.has(answer.status)
}

/** What is wrong with an answer; empty if nothing is. Does not judge whether a 503 is allowed at this time. */
export const judge = (asked: Asked, answer: Answer): ReadonlyArray<string> => {
  const faults: Array<string> = []
  if (!isDeclared(answer, asked)) {
    faults.push(
      `${answer.status} ${problemOf(answer) ?? ""} is not declared for ${asked.operation?.id ?? "such a path"}`
    )
  }
  // An operation that needs a setting says by a 501 of its own that this service lacks it. Others are never right.
  const isUnset = answer.status === 501 && asked.operation?.statuses.has(501) === true
  if (answer.status >= 500 && answer.status !== 503 && !isUnset) faults.push(`a ${answer.status}`)
  if (asked.mustBeRefused && answer.status < 400) faults.push(`${answer.status} to what the contract refuses`)
  if (header(answer, "x-request-id") === undefined) faults.push("no X-Request-Id")
  if ((answer.status === 503 || answer.status === 429) && !/^[1-9]\d*$/.test(header(answer, "retry-after") ?? "")) {
    faults.push(`${answer.status} without Retry-After`)
  }
  return [...faults, ...bodyFaults(answer, asked)]
}
