import { contract, type Operation } from "../contract/Contract.ts"
import type { Seeded } from "../random/Seeded.ts"
import { fuzzedBody } from "./Bodies.ts"
import { oddText } from "./Texts.ts"
import { validValue } from "./Values.ts"

/** A request before it is written as bytes. The head is Latin-1: one character is one byte. */
export interface Draft {
  readonly kind: string
  readonly method: string
  readonly target: string
  readonly version: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: Buffer | undefined
  /** Undefined if the request is for no operation of the contract, or if that cannot be told. */
  readonly operation: Operation | undefined
  readonly mustBeRefused: boolean
  /** Whether the end of the request is unambiguous. */
  readonly isFramed: boolean
}

/** Ids that requests can ask for: a play and tasks that were accepted before the fuzzing began. */
export interface Known {
  readonly slug: string
  readonly play: string
  readonly tasks: ReadonlyArray<string>
}

const pages = [
  "/",
  "/docs",
  "/openapi.json",
  "/problems",
  "/problems/not-found",
  "/problems/%00",
  "/metrics",
  "/nothing"
]

const percent = (text: string) => encodeURIComponent(text.toWellFormed())

const pathOf = (operation: Operation, known: Known, random: Seeded): string =>
  operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (random.chance(0.15)) return percent(oddText(random)).slice(0, random.pick([50, 99, 101, 5000]))
    if (name === "slug") return known.slug
    return operation.id.startsWith("plays") ? known.play : random.pick(known.tasks)
  })

const queryOf = (operation: Operation, random: Seeded): string => {
  const parts = operation.parameters
    .filter(({ in: place, required }) => place === "query" && (required || random.chance(0.5)))
    .map(({ name, schema }) => {
      const value = random.chance(0.5) ? String(validValue(schema, random)) : oddText(random).slice(0, 300)
      return `${name}=${percent(value)}`
    })
  if (random.chance(0.1))
    parts.push(
      random.pick(["a", "a=1&a=2", "=", "&&&", "wait=1&wait=2", "%zz", "%ff=%fe", "wait[]=1", "x".repeat(3000)])
    )
  return parts.length === 0 ? "" : `?${parts.join("&")}`
}

/** A request for this operation, with a valid head and a valid or invalid body. */
const drafted = (operation: Operation, known: Known, random: Seeded): Draft => {
  const body = operation.body === undefined ? undefined : fuzzedBody(operation.body, random)
  const headers: Array<readonly [string, string]> = [["Host", "attack.example"]]
  if (body !== undefined) headers.push(["Content-Type", "application/json"])
  for (const { in: place, name } of operation.parameters) {
    if (place === "header" && random.chance(0.3)) headers.push([name, String(random.int(0, 1_000_000))])
  }
  return {
    kind: body?.kind ?? "valid",
    method: operation.method,
    target: pathOf(operation, known, random) + queryOf(operation, random),
    version: "HTTP/1.1",
    headers,
    body: body?.bytes,
    operation,
    mustBeRefused: body !== undefined && !isTaken(operation, body.bytes),
    isFramed: true
  }
}

const strict = new TextDecoder("utf-8", { fatal: true })

const isTaken = (operation: Operation, body: Buffer): boolean => {
  try {
    return operation.takes(JSON.parse(strict.decode(body)))
  } catch {
    return false
  }
}

const page = (random: Seeded): Draft => ({
  kind: "page",
  method: random.pick(["GET", "GET", "HEAD"]),
  target: random.pick(pages),
  version: "HTTP/1.1",
  headers: [
    ["Host", "attack.example"],
    ["Accept-Encoding", random.pick(["gzip", "br, gzip", "identity;q=0", "zstd", "*", ";;;q=9"])]
  ],
  body: undefined,
  operation: undefined,
  mustBeRefused: false,
  isFramed: true
})

/** A request for an operation of the contract, or for a page. */
export const draft = (known: Known, random: Seeded): Draft =>
  random.chance(0.08) ? page(random) : drafted(random.pick(contract.operations), known, random)

/** The bytes of a request. */
export const render = ({ body, headers, method, target, version }: Draft): Buffer => {
  const isLengthGiven = headers.some(([name]) => /^(?:content-length|transfer-encoding)\s*$/i.test(name))
  const length = body === undefined || isLengthGiven ? [] : [["Content-Length", String(body.length)] as const]
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`).join("")
  const head = Buffer.from(`${method} ${target}${version === "" ? "" : ` ${version}`}\r\n${lines}\r\n`, "latin1")
  return body === undefined ? head : Buffer.concat([head, body])
}
