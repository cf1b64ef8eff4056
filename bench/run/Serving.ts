import { Effect, type Scope } from "effect"
import * as Answers from "./Answers.ts"
import type { BenchError } from "./BenchError.ts"
import type { Load, Measured } from "./Load.ts"
import * as Nginx from "./Nginx.ts"
import type { Service } from "./Services.ts"
import { median, type Summary, summarise } from "./Statistics.ts"

export interface Plan {
  readonly rounds: number
  readonly connections: number
  readonly warmUpMs: number
  readonly firstWarmUpMs: number
  readonly measureMs: number
}

export const planFor = (size: "quick" | "default" | "full"): Plan =>
  size === "quick"
    ? { rounds: 1, connections: 32, warmUpMs: 200, firstWarmUpMs: 1000, measureMs: 600 }
    : { rounds: size === "full" ? 11 : 5, connections: 32, warmUpMs: 500, firstWarmUpMs: 3000, measureMs: 2000 }

/** What is asked for, again and again. */
export interface Request {
  readonly path: string
  readonly encoding: "br" | "gzip"
  readonly status: 200 | 304
}

export interface Row extends Request {
  /** Bytes of a body. */
  readonly bytes: number
  readonly own: Summary
  readonly nginx: Summary | undefined
  /** Requests a second to nginx's, and the same of a thread that does nothing else: medians over the pairs of neighbours. */
  readonly perSecond: number
  readonly perThread: number
}

export interface Result {
  readonly rows: ReadonlyArray<Row>
  /** Of nginx; undefined: it is not installed. */
  readonly version: string | undefined
}

/** Requests to the service and to nginx, which serves the same bytes with the same headers, in turns. */
export const run = Effect.fnUntraced(function* (
  load: Load,
  service: Service,
  requests: ReadonlyArray<Request>,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  const encoded = (request: Request) => ({ "accept-encoding": request.encoding })
  const whole = yield* Effect.forEach(requests, (request) => Answers.get(service.port, request.path, encoded(request)))
  const copies = new Map(whole.map((answer) => [answer.path, answer]))
  const nginx = yield* Nginx.start([...copies.values()])
  if (nginx === undefined) yield* say(`nginx is not installed: ${Nginx.howToInstall}`)

  const slots = yield* Effect.forEach(
    requests,
    Effect.fnUntraced(function* (request, place) {
      const servers = yield* Effect.forEach(
        [service, ...(nginx === undefined ? [] : [nginx])],
        Effect.fnUntraced(function* ({ pid, port }) {
          const { headers } = yield* Answers.get(port, request.path, encoded(request))
          const known = request.status === 304 ? { "if-none-match": headers["etag"] ?? "" } : {}
          return { pid, port, headers: { ...encoded(request), ...known }, rounds: [] as Array<Measured> }
        })
      )
      return { request, servers, bytes: request.status === 304 ? 0 : (whole[place]?.body.length ?? 0) }
    })
  )
  type Server = (typeof slots)[number]["servers"][number]
  const fetch = ({ headers, pid, port }: Server, { path, status }: Request, warmUpMs: number, measureMs: number) =>
    load.measure(
      { pid, url: service.url },
      { type: "fetch", port, path, headers, status, connections: plan.connections, warmUpMs, measureMs }
    )

  yield* say("Serving: warming up")
  for (const { request, servers } of slots) {
    for (const server of servers) yield* fetch(server, request, plan.firstWarmUpMs, 100)
  }
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`Requests for files, round ${round} of ${plan.rounds}`)
    for (const { request, servers } of slots) {
      // Whoever comes first finds the machine a little slower.
      for (const server of round % 2 === 0 ? servers.toReversed() : servers) {
        server.rounds.push(yield* fetch(server, request, plan.warmUpMs, plan.measureMs))
      }
    }
  }
  const rows = slots.map(({ bytes, request, servers: [own, other] }): Row => {
    const ratio = (of: (own: Measured, other: Measured) => number) =>
      other === undefined ? Number.NaN : median(own!.rounds.map((round, at) => of(round, other.rounds[at]!)))
    return {
      ...request,
      bytes,
      own: summarise(own!.rounds),
      nginx: other === undefined ? undefined : summarise(other.rounds),
      perSecond: ratio((one, two) => one.perSecond / two.perSecond),
      perThread: ratio((one, two) => two.cpu.service / one.cpu.service)
    }
  })
  return { rows, version: nginx?.version }
})
