import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import type { PeerAnswer } from "../ProviderPeer.ts"
import type { ProviderSubject } from "../ProviderSubject.ts"
import { addressOf, type Bench, onBench, wordsOf } from "./Bench.ts"

type Body = Omit<PeerAnswer, "status">

const page: Body = { headers: { "content-type": "text/html" }, body: "<!DOCTYPE html><html><body>No</body></html>" }
const nothing: Body = {}
const json = (value: unknown): Body => ({ body: JSON.stringify(value) })

/** Answers of gateways and of other APIs. */
const refusals: { readonly [what: string]: Body } = {
  HTML: page,
  nothing,
  "a gateway's JSON": json({ message: "Bad Request" }),
  "a code of another API": json({ code: "invalid_parameter", message: "Bad request" }),
  "an error of another API": json({ error: "Bad Request", status: 400 }),
  "a problem": json({ type: "about:blank", title: "Bad Request", status: 400, detail: "The email is invalid." }),
  "JSON:API without a pointer": json({ errors: [{ code: "invalid", title: "Bad request" }] })
}

const good: { readonly [what: string]: Body } = {
  HTML: page,
  nothing,
  null: json(null),
  "a status": json({ status: "ok", message: "ok" }),
  "an empty object": json({ data: {}, result: {} }),
  true: json({ data: true, result: true })
}

/**
 * Attempts under each front at different addresses. All end without a verdict; once the front is gone, the contacts are
 * created.
 */
const withoutVerdict = Effect.fnUntraced(function* ({ attempt, peer, persist }: Bench, fronts: Iterable<PeerAnswer>) {
  for (const front of fronts) {
    for (const consent of [false, true]) {
      const email = addressOf()
      peer.front(front)
      const end = yield* attempt(email, { consent })
      assert.isTrue(Result.isFailure(end), `it succeeded: ${JSON.stringify([front, end])}`)
      const error = Result.getOrThrow(Result.flip(end))
      assert.notStrictEqual(error._tag, "EspRejected", `${wordsOf(error)} by ${JSON.stringify(front)}`)
      assert.isFalse(peer.contacts.has(email))
      peer.mend()
      // So many failures have opened the circuit.
      yield* TestClock.adjust("2 minutes")
      const unresolved = error._tag !== "EspRejected" && error.mayHaveActed
      assert.strictEqual(yield* persist(email, { consent, unresolved }), "created")
    }
  }
})

/** An answer from something in front of the provider, or about something else, is not a verdict. */
export const fronts = (subject: ProviderSubject) =>
  describe("a front", () => {
    for (const [what, body] of Object.entries(refusals)) {
      it.effect(`that refuses everything with ${what} rejects nobody`, () =>
        onBench(subject, (bench) =>
          withoutVerdict(
            bench,
            [400, 404, 405, 422].map((status) => ({ status, ...body }))
          )
        )
      )
    }

    it.effect("that answers everything with 409 and no JSON makes nobody a contact", () =>
      onBench(subject, (bench) =>
        withoutVerdict(
          bench,
          [page, nothing].map((body) => ({ status: 409, ...body }))
        )
      )
    )

    it.effect("that refuses everything as the provider refuses a list or a field rejects nobody", () =>
      onBench(subject, (bench) => withoutVerdict(bench, [bench.peer.answers.payload]))
    )

    for (const [what, body] of Object.entries(good)) {
      it.effect(`that answers everything with 200, 201 or 202 and ${what} makes nobody a contact`, () =>
        onBench(subject, (bench) =>
          withoutVerdict(
            bench,
            [200, 201, 202].map((status) => ({ status, ...body }))
          )
        )
      )
    }

    it.effect("that answers with another's contact makes nobody one", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* (bench) {
          yield* bench.register(addressOf())
          yield* withoutVerdict(bench, bench.peer.answers.another)
        })
      )
    )

    it.effect("that redirects everything is not followed, and makes nobody a contact", () =>
      onBench(
        subject,
        Effect.fnUntraced(function* (bench) {
          const { peer } = bench
          const statuses = [300, 301, 302, 303, 304, 307, 308]
          const location = `${peer.redirectTo.url}/elsewhere`
          yield* withoutVerdict(
            bench,
            statuses.map((status) => ({ status, headers: { location } }))
          )
          assert.lengthOf(peer.redirectTo.received, 0, "the credentials went elsewhere")
        })
      )
    )
  })
