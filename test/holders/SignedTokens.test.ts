import { assert, it, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Option } from "effect"
import * as jose from "jose"
import { createServer } from "node:http"
import { signingKey } from "../../src/holders/SigningKey.ts"
import { SignedTokens } from "../../src/holders/SignedTokens.ts"
import { settingsOf } from "../support/AllSettings.ts"
import { Time } from "../support/service/Recording.ts"

const secret = "a secret of the brand that is long enough"
const bytes = new TextEncoder().encode(secret)
const base = "https://games.brand.example/app"

const judging = (key: string, env: Record<string, string> = { PUBLIC_URL: `${base}/` }) =>
  SignedTokens.layer.pipe(Layer.provide(settingsOf({ PLAYER_TOKEN_KEY: key, ...env })))

const judge = (token: string) => Effect.flatMap(SignedTokens, (signed) => signed.judge(token))

/** Claims of a good token, with changes; undefined: without it. */
const claims = Effect.fnUntraced(function* (change: Record<string, unknown> = {}) {
  const seconds = (yield* Time).now() / 1000
  const all = { email: "Nora@shop.example", iat: seconds, exp: seconds + 3600, ...change }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
})

const inSeconds = (by: number) => Effect.map(Time, (time) => time.now() / 1000 + by)

const sign = (
  payload: Record<string, unknown>,
  key: Uint8Array | jose.CryptoKey = bytes,
  alg = "HS256",
  kid?: string
) =>
  Effect.promise(() =>
    new jose.SignJWT(payload).setProtectedHeader(kid === undefined ? { alg } : { alg, kid }).sign(key)
  )

const nora = { email: "Nora@shop.example", emailKey: "nora@shop.example" }

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

layer(judging(secret).pipe(Layer.provideMerge(Time.layer)), { excludeTestServices: true })(
  "A token that the brand's server signed with a secret",
  (it) => {
    it.effect("says whose it is, by `email` or else by `sub`", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* judge(yield* sign(yield* claims())), nora as never)
        const bySub = yield* claims({ email: undefined, sub: " Nora@shop.example" })
        assert.deepStrictEqual(yield* judge(yield* sign(bySub)), nora as never)
        const both = yield* claims({ sub: "customer 17", email_verified: true })
        assert.deepStrictEqual(yield* judge(yield* sign(both)), nora as never)
      })
    )

    it.effect("is nobody's without an address, or with one that is not proven", () =>
      Effect.gen(function* () {
        const wrong = [
          { email: undefined },
          { email: undefined, sub: "customer 17" },
          { email: "nora" },
          { email: "" },
          { email: 17 },
          { email: ["nora@shop.example"] },
          { email_verified: false }
        ]
        for (const change of wrong) {
          assert.isUndefined(yield* judge(yield* sign(yield* claims(change))), JSON.stringify(change))
        }
      })
    )

    it.effect("counts from its time to its end, and for a day at the most", () =>
      Effect.gen(function* () {
        const at = (change: Record<string, Effect.Effect<number, never, Time> | undefined>) =>
          Effect.gen(function* () {
            const resolved: Record<string, unknown> = {}
            for (const [name, value] of Object.entries(change)) {
              resolved[name] = value === undefined ? undefined : yield* value
            }
            return (yield* judge(yield* sign(yield* claims(resolved)))) !== undefined
          })
        const day = 24 * 3600
        assert.isFalse(yield* at({ exp: undefined }), "no end")
        assert.isFalse(yield* at({ exp: inSeconds(-61) }), "expired")
        assert.isTrue(yield* at({ iat: inSeconds(-100), exp: inSeconds(-30) }), "clocks may differ by a minute")
        assert.isFalse(yield* at({ nbf: inSeconds(61) }), "not yet")
        assert.isFalse(yield* at({ iat: inSeconds(61) }), "signed in the future")
        assert.isTrue(yield* at({ iat: inSeconds(30), nbf: inSeconds(30) }))
        assert.isTrue(yield* at({ exp: inSeconds(day) }))
        assert.isFalse(yield* at({ exp: inSeconds(day + 1) }), "too long")
        assert.isFalse(yield* at({ iat: undefined, exp: inSeconds(day + 61) }), "too long without its time")
        assert.isFalse(yield* at({ iat: inSeconds(-day), exp: inSeconds(60) }), "too long, and almost over")
      })
    )

    it.effect("ends by the clock of the service", () =>
      Effect.gen(function* () {
        const time = yield* Time
        const token = yield* sign(yield* claims())
        assert.isDefined(yield* judge(token))
        time.adjust("1 hour")
        time.adjust("1 minute")
        assert.isUndefined(yield* judge(token))
      })
    )

    it.effect("is meant for this service, if it says for whom", () =>
      Effect.gen(function* () {
        const good = [base, `${base}/`, ["https://shop.example", base]]
        for (const aud of good) assert.isDefined(yield* judge(yield* sign(yield* claims({ aud }))), String(aud))
        const wrong = ["https://shop.example", [], "", 17, "https://games.brand.example"]
        for (const aud of wrong) assert.isUndefined(yield* judge(yield* sign(yield* claims({ aud }))), String(aud))
      })
    )

    it.effect("is nobody's with another secret, another algorithm or none", () =>
      Effect.gen(function* () {
        const payload = yield* claims()
        const good = yield* sign(payload)
        const [head, body, signature = ""] = good.split(".")
        const other = new TextEncoder().encode(`${secret}!`)
        const wrong = [
          yield* sign(payload, other),
          yield* sign(payload, new TextEncoder().encode(secret.repeat(2)), "HS512"),
          yield* sign(payload, bytes, "HS384"),
          `${encode({ alg: "none" })}.${body}.`,
          `${encode({ alg: "none" })}.${body}.${signature}`,
          `${encode({ alg: "NONE" })}.${body}.`,
          `${encode({})}.${body}.${signature}`,
          `${head}.${body}.`,
          `${head}.${encode({ ...payload, email: "vera@shop.example" })}.${signature}`,
          `${head}.${body}.${signature.slice(1)}`,
          `${encode({ alg: "HS256", crit: ["exp"] })}.${body}.${signature}`,
          `${head}.${body}.${signature}${"A".repeat(5000)}`,
          "a.b.c",
          ""
        ]
        for (const token of wrong) assert.isUndefined(yield* judge(token), token.slice(0, 100))
        assert.isDefined(yield* judge(good))
      })
    )
  }
)

/** A server of public keys, whose answer the test sets. */
const keyServer = Effect.gen(function* () {
  const pair = yield* Effect.promise(() => jose.generateKeyPair("RS256", { extractable: true }))
  const other = yield* Effect.promise(() => jose.generateKeyPair("RS256"))
  const jwk = yield* Effect.promise(() => jose.exportJWK(pair.publicKey))
  const pem = yield* Effect.promise(() => jose.exportSPKI(pair.publicKey))
  const state = { status: 200, body: JSON.stringify({ keys: [{ ...jwk, kid: "1", use: "sig" }] }), asked: 0 }
  const server = createServer((_request, response) => {
    state.asked++
    response.writeHead(state.status, { "content-type": "application/json", location: "/elsewhere" }).end(state.body)
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))),
    () => Effect.promise(() => new Promise((resolve) => void server.close(resolve)))
  )
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  return { pair, other, pem, jwk, state, url: `http://127.0.0.1:${port}/keys.json` }
})

layer(Time.layer, { excludeTestServices: true })("A token that the brand's server signed with a private key", (it) => {
  it.effect("is judged by its public keys, which are read once", () =>
    Effect.gen(function* () {
      const { jwk, other, pair, pem, state, url } = yield* keyServer
      yield* Effect.gen(function* () {
        const payload = yield* claims()
        const good = yield* sign(payload, pair.privateKey, "RS256", "1")
        assert.deepStrictEqual(yield* judge(good), nora as never)
        const [, body = ""] = good.split(".")
        const wrong = [
          yield* sign(payload, other.privateKey, "RS256", "1"),
          yield* sign(payload, other.privateKey, "RS256", "2"),
          // The public key is known to everybody: it is no secret.
          yield* sign(payload, new TextEncoder().encode(pem), "HS256", "1"),
          yield* sign(payload, new TextEncoder().encode(JSON.stringify(jwk)), "HS256", "1"),
          yield* sign(payload, Buffer.from(jwk.n ?? "", "base64url"), "HS256"),
          yield* sign(payload, bytes),
          `${encode({ alg: "none", kid: "1" })}.${body}.`
        ]
        for (const token of wrong) assert.isUndefined(yield* judge(token), token.slice(0, 60))
        assert.deepStrictEqual(yield* judge(good), nora as never)
        assert.strictEqual(state.asked, 1, "junk does not have the keys read again and again")
      }).pipe(Effect.provide(judging(url)))
    }).pipe(Effect.scoped)
  )

  it.effect("cannot be judged while the keys do not answer, or not as they should, and can be later", () =>
    Effect.gen(function* () {
      const { pair, state, url } = yield* keyServer
      const good = state.body
      yield* Effect.gen(function* () {
        const token = yield* sign(yield* claims(), pair.privateKey, "RS256", "1")
        const answers: ReadonlyArray<readonly [number, string]> = [
          [500, good],
          [404, good],
          [302, good],
          [200, "<html>"],
          [200, "{}"],
          [200, "[]"]
        ]
        for (const [status, body] of answers) {
          Object.assign(state, { status, body })
          const error = yield* Effect.flip(judge(token))
          assert.strictEqual(error._tag, "TokenKeysUnavailable", `${status} ${body}`)
        }
        Object.assign(state, { status: 200, body: good })
        assert.deepStrictEqual(yield* judge(token), nora as never)
      }).pipe(Effect.provide(judging(url)))
    }).pipe(Effect.scoped)
  )

  it.effect("cannot be judged where nobody listens", () =>
    Effect.gen(function* () {
      const { pair, url } = yield* Effect.scoped(keyServer)
      const token = yield* sign(yield* claims(), pair.privateKey, "RS256", "1")
      const error = yield* Effect.flip(Effect.provide(judge(token), judging(url)))
      assert.strictEqual(error._tag, "TokenKeysUnavailable")
    })
  )

  it.effect("is nobody's where none are taken, and one with `aud` where nobody knows the service's address", () =>
    Effect.gen(function* () {
      const token = yield* sign(yield* claims())
      const named = yield* sign(yield* claims({ aud: base }))
      assert.isUndefined(yield* Effect.provide(judge(token), judging("")))
      assert.isDefined(yield* Effect.provide(judge(token), judging(secret, {})))
      assert.isUndefined(yield* Effect.provide(judge(named), judging(secret, {})))
    })
  )
})

it("PLAYER_TOKEN_KEY is a secret that is long enough, or an address that nobody can change on its way", () => {
  const { parse } = signingKey("PLAYER_TOKEN_KEY", { default: "", description: "" })
  const tagOf = (text: string) => Option.match(parse(text), { onNone: () => "refused", onSome: (key) => key?._tag })
  assert.isUndefined(tagOf(""))
  assert.strictEqual(tagOf("x".repeat(32)), "Secret")
  assert.strictEqual(tagOf("é".repeat(16)), "Secret")
  assert.strictEqual(tagOf("https://shop.example/keys.json"), "Keys")
  assert.strictEqual(tagOf("http://localhost:3000/keys.json"), "Keys")
  assert.strictEqual(tagOf("http://[::1]/keys.json"), "Keys")
  const wrong = [
    "x".repeat(31),
    "http://shop.example/keys.json/which-is-long-enough",
    "https://",
    "https://user:password@shop.example/keys.json",
    "http://localhost.shop.example/keys.json/long-enough",
    "https://shop.example/keys.json#one"
  ]
  for (const text of wrong) assert.strictEqual(tagOf(text), "refused", text)
})

it.effect("the service does not start with a key that is none", () =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(Layer.build(judging("short")).pipe(Effect.scoped))
    assert.isTrue(Exit.isFailure(exit))
    assert.notInclude(String(Exit.isFailure(exit) ? exit.cause : ""), 'short"')
  })
)
