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
  /** The player's address, if trouble may affect this player alone. */
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
 * Sends a request as a well-behaved client does, and checks the answer against the contract. A missing answer and a 503 are
 * findings unless some trouble explains them. `status` 0 means no answer.
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
