import { assert, describe, it } from "@effect/vitest"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { contract } from "../../attack/contract/Contract.ts"
import { judge } from "../../attack/contract/Judge.ts"
import { fuzz } from "../../attack/fuzz/Fuzzing.ts"
import { seeded } from "../../attack/random/Seeded.ts"
import type { Arena } from "../../attack/run/Arena.ts"
import { findings } from "../../attack/run/Findings.ts"
import { tally } from "../../attack/run/Tally.ts"
import { troubles } from "../../attack/target/Troubles.ts"
import { type Answer, answerReader } from "../../attack/wire/AnswerReader.ts"
import { exchange } from "../../attack/wire/Exchange.ts"

const record = contract.operations.find(({ id }) => id === "plays.record")!

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: new Map(
    Object.entries({
      "content-type": status < 400 ? "application/json" : "application/problem+json",
      "x-request-id": "1",
      ...(status === 503 || status === 429 ? { "retry-after": "1" } : {}),
      ...headers
    }).map(([name, value]) => [name, [value]])
  ),
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  isWhole: true
})

const play = {
  id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52",
  game: "wheel",
  playedAt: "2026-11-20T10:00:00.000Z",
  playedBefore: false,
  plays: 1,
  contact: "created"
}
const problem = (type: string, status: number, title: string, more = {}) => ({
  type: `/problems/${type}`,
  status,
  title,
  ...more
})
const notFound = problem("game-not-found", 404, "There is no such game")
const unavailable = problem("database-unavailable", 503, "The database does not answer")

describe("an answer", () => {
  const faults = (given: Answer, mustBeRefused = false) =>
    judge({ method: "POST", operation: record, mustBeRefused }, given)

  it("says 501 where the operation has that for a setting that is not there, and nowhere else", () => {
    const signIn = contract.operations.find(({ id }) => id === "secondFactor.signIn")!
    const unset = answer(501, problem("passkeys-unavailable", 501, "Passkeys need PUBLIC_URL"))
    assert.deepStrictEqual(judge({ method: "POST", operation: signIn, mustBeRefused: false }, unset), [])
    assert.match(faults(unset).join(), /a 501/)
  })

  it("that the contract has is right, and one that any request may get", () => {
    assert.deepStrictEqual(faults(answer(201, play)), [])
    assert.deepStrictEqual(faults(answer(404, notFound)), [])
    assert.deepStrictEqual(faults(answer(503, unavailable)), [])
    assert.deepStrictEqual(
      faults(answer(408, problem("request-timeout", 408, "The request took too long to arrive"))),
      []
    )
  })

  it("is a fault where it is another", () => {
    const all = (given: Answer, mustBeRefused?: boolean) => faults(given, mustBeRefused).join("\n")
    assert.match(all(answer(200, play)), /200 {2}is not declared/)
    assert.match(all(answer(201, { ...play, plays: "1" })), /\/plays must be integer/)
    assert.match(all(answer(201, { ...play, id: undefined })), /required property 'id'/)
    assert.match(all(answer(201, "{")), /no JSON/)
    assert.match(all(answer(201, play), true), /201 to what the contract refuses/)
    assert.match(
      all(answer(500, problem("internal-error", 500, "Something went wrong in the service", { requestId: "1" }))),
      /a 500/
    )
    assert.match(all(answer(503, unavailable, { "retry-after": "soon" })), /without Retry-After/)
    assert.match(all(answer(404, problem("no-such", 404, "?"))), /unknown type/)
    assert.match(all(answer(404, { ...notFound, title: "Not found" })), /without its own status or title/)
    assert.match(all(answer(409, notFound)), /with the status 409/)
    assert.match(all(answer(404, "Not found", { "content-type": "text/plain" })), /not as a problem/)
    assert.match(
      all({ ...answer(201, play), headers: new Map([["content-type", ["application/json"]]]) }),
      /no X-Request-Id/
    )
    const task = problem("task-not-found", 404, "There is no such task")
    assert.match(all(answer(404, task)), /\/type must be equal/, "of another operation")
  })
})

describe("the reader of answers", () => {
  const wire = [
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: 1\r\na: 2\r\n\r\nab",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nto the end"
  ].join("")
  const methods = ["GET", "HEAD", "GET", "GET", "GET"]

  it("takes them apart, however they are cut", () => {
    for (const size of [1, 3, 1000]) {
      const reader = answerReader(methods)
      for (let at = 0; at < wire.length; at += size) reader.feed(Buffer.from(wire.slice(at, at + size)))
      reader.end()
      assert.deepStrictEqual(
        reader.answers.map(({ body, status }) => `${status} ${body.toString()}`),
        ["200 ab", "200 ", "200 abcd", "204 ", "200 to the end"]
      )
      assert.deepStrictEqual(reader.answers[0]?.headers.get("a"), ["1", "2"])
      assert.isUndefined(reader.garbled())
    }
  })

  it("says what is no HTTP", () => {
    for (const text of [
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    ]) {
      const reader = answerReader(["GET"])
      reader.feed(Buffer.from(text))
      assert.isString(reader.garbled(), text)
    }
  })
})

/** A server of our own in place of a replica, for as long as `work` runs. */
const withServer = async (server: Server, work: (port: number) => Promise<void>) => {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  try {
    await work((server.address() as AddressInfo).port)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
}

/** Whether the fuzzer finds this in a service that answers every request like that. */
const finds = async (invariant: string, answers: Parameters<typeof createServer>[1]) => {
  const isFound = Promise.withResolvers<boolean>()
  const all = findings((line) => line.includes(`(${invariant})`) && isFound.resolve(true))
  const done: Array<Promise<void>> = []
  await withServer(createServer(answers), async (port) => {
    const replica = { index: 0, port }
    const arena = {
      replicas: [replica],
      troubles: troubles(),
      late: { since: () => 0 },
      findings: all,
      tally: tally(),
      known: { slug: "fuzzed", play: play.id, tasks: [play.id] }
    } as unknown as Arena
    done.push(fuzz(arena, seeded(11), 1, 8, 3))
    void done[0]?.then(() => isFound.resolve(false))
    await isFound.promise
  })
  await Promise.all(done)
  return isFound.promise
}

describe("the fuzzer", () => {
  it("finds answers that are not in the contract", async () => {
    assert.isTrue(await finds("contract", (_, response) => response.writeHead(500).end()))
  })

  it("finds connections that are closed without an answer", async () => {
    assert.isTrue(await finds("no answer", (request) => request.socket.destroy()))
  })

  it("finds 503 where nothing is wrong", async () => {
    const busy = await finds("503 without a fault", (_, response) =>
      response
        .writeHead(503, { "content-type": "application/problem+json", "retry-after": "1", "x-request-id": "1" })
        .end(JSON.stringify(unavailable))
    )
    assert.isTrue(busy)
  })
})

describe("an exchange", () => {
  const send = (text: string) => ({ _tag: "send" as const, bytes: Buffer.from(text) })

  it("takes the answers to all that was asked for, also behind a half-closed connection", async () => {
    await withServer(
      createServer((request, response) => void response.end(request.url)),
      async (port) => {
        const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
        const both = await exchange(port, [send(get("/1") + get("/2"))], ["GET", "GET"], 20_000)
        assert.deepStrictEqual(
          both.answers.map(({ body }) => body.toString()),
          ["/1", "/2"]
        )
        assert.strictEqual(both.end, "left")
      }
    )
  })

  it("says when nothing came, and leaves", async () => {
    await withServer(
      createServer(() => undefined),
      async (port) => {
        const got = await exchange(port, [send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")], ["GET"], 50)
        assert.deepStrictEqual([got.end, got.answers.length], ["impatient", 0])
      }
    )
  })
})
