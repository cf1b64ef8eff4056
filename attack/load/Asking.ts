import { contract } from "../contract/Contract.ts"
import { judge } from "../contract/Judge.ts"
import { type Arena, stoodStill } from "../run/Arena.ts"
import type { Answer as Came } from "../../test/support/service/Service.ts"
import type { Answer } from "../wire/AnswerReader.ts"

export interface Question {
  /** `plays.record` */
  readonly operation: string
  readonly replica: number
  readonly path: string
  readonly body?: unknown
  readonly key?: string | undefined
  /** Whose play it is, where one player alone may be in trouble. */
  readonly email?: string
  readonly step: string
}

const asAnswer = ({ body, headers, status }: Came): Answer => ({
  status,
  headers: new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "string" ? [value] : value] as const]
    )
  ),
  body: Buffer.from(JSON.stringify(body)),
  isWhole: true
})

/**
 * Asks a replica as an honest client does, and holds the answer against the contract. No answer, and 503, are findings but where a
 * trouble explains them; `status` 0 is no answer.
 */
export const ask = async (arena: Arena, question: Question): Promise<Came> => {
  const { email, key, operation: id, path, replica: index, step } = question
  const operation = contract.operations.find((one) => one.id === id)
  const replica = arena.replicas[index]
  if (operation === undefined || replica === undefined) throw new Error(`There is no ${id}, or no replica ${index}.`)
  const from = performance.now()
  const answer = await arena.client.send(
    replica.base,
    operation.method,
    path,
    question.body,
    key === undefined ? {} : { "idempotency-key": key }
  )
  arena.tally.count(id, answer.status === 0 ? "no answer" : answer.status)
  const isExcused = (of: "database" | "process") =>
    arena.troubles.excuses({ replica: index, of, from, email }) || stoodStill(arena, from)
  const found = (invariant: string, what: string) =>
    arena.findings.add({
      invariant,
      step,
      what,
      transcript: `${operation.method} ${path} at replica ${index} ${JSON.stringify({ key, body: question.body })}`
    })
  const took = `after ${Math.round(performance.now() - from)} ms`
  if (answer.status === 0) {
    if (!isExcused("process")) found("no answer", `${id} got none, ${took}`)
    return answer
  }
  if (answer.status === 503 && !isExcused("database")) {
    found("503 without a fault", `${id} was answered with 503 ${String(answer.body["type"])}, ${took}`)
  }
  for (const fault of judge({ method: operation.method, operation, mustBeRefused: false }, asAnswer(answer))) {
    found("contract", `${id}: ${fault}`)
  }
  return answer
}
