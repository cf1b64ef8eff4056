import { assert, describe, it } from "@effect/vitest"
import { HttpApi, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { holds, needs, widens } from "../../../src/platform/contract/Access.ts"
import { BodyLimit } from "../../../src/platform/contract/BodyLimit.ts"
import * as Cors from "../../../src/platform/edge/Cors.ts"
import * as Methods from "../../../src/platform/edge/Methods.ts"

const shop = "https://shop.example"
const blog = "https://blog.example"

const originIn = (headers: Readonly<Record<string, string>> | undefined) => headers?.["access-control-allow-origin"]

describe("Cors", () => {
  const more: Cors.More = {
    allows: (origin, method, path) => origin === blog && method === "GET" && path === "/api/v1/games/wheel",
    methods: () => "GET, HEAD, OPTIONS"
  }

  it("without origins says nothing, and with all says so to everybody", () => {
    const none = Cors.make([])
    assert.deepStrictEqual(none.answer(shop, "GET", "/api/v1/games"), {})
    assert.isUndefined(none.preflight(shop, "GET", "/api/v1/games", "GET"))
    const all = Cors.make(["*"], more)
    assert.strictEqual(originIn(all.answer(shop, "DELETE", "/api/v1/games")), "*")
    assert.strictEqual(all.preflight(shop, "PUT", "/", "GET, PUT")?.["access-control-allow-methods"], "GET, PUT")
    assert.notProperty(all.answer(undefined, "GET", "/"), "vary")
  })

  it("lets some origins call everything, and others what is allowed them", () => {
    const cors = Cors.make([shop], more)
    assert.strictEqual(originIn(cors.answer(shop, "DELETE", "/api/v1/games/wheel")), shop)
    assert.strictEqual(originIn(cors.answer(blog, "GET", "/api/v1/games/wheel")), blog)
    assert.deepStrictEqual(cors.answer(blog, "DELETE", "/api/v1/games/wheel"), { vary: "Origin" })
    assert.deepStrictEqual(cors.answer(undefined, "GET", "/"), { vary: "Origin" })
    const whole = cors.preflight(shop, "PATCH", "/api/v1/games/wheel", "GET, PATCH")
    assert.strictEqual(whole?.["access-control-allow-methods"], "GET, PATCH")
    const some = cors.preflight(blog, "GET", "/api/v1/games/wheel", "GET, PATCH")
    assert.deepInclude(some, {
      "access-control-allow-origin": blog,
      "access-control-allow-methods": "GET, HEAD, OPTIONS"
    })
    assert.isUndefined(cors.preflight(blog, "PATCH", "/api/v1/games/wheel", "GET, PATCH"))
  })

  it("tells caches of the origin where answers depend on it, and nowhere else", () => {
    const cors = Cors.make([], more)
    assert.deepStrictEqual(cors.answer(undefined, "GET", "/api/v1/games/wheel"), { vary: "Origin" })
    assert.deepStrictEqual(cors.answer(undefined, "GET", "/docs"), {})
    assert.strictEqual(cors.answer(blog, "GET", "/api/v1/games/wheel")["vary"], "Origin")
  })
})

describe("Methods", () => {
  const api = HttpApi.make("test").add(
    HttpApiGroup.make("things")
      .add(
        HttpApiEndpoint.get("show", "/things/:id").pipe(widens("things:read")),
        HttpApiEndpoint.patch("change", "/things/:id").annotate(BodyLimit, 100_000).pipe(needs("things:write")),
        HttpApiEndpoint.get("own", "/things/own").pipe(holds("token")),
        HttpApiEndpoint.delete("drop", "/things/:id").pipe(holds("things:write")),
        HttpApiEndpoint.post("tell", "/things/:id/views")
      )
      .prefix("/api/v1")
  )

  it("tells the operations apart that need no credential, or take a token that a page has to be given", () => {
    const open = Methods.openOf(api)
    assert.strictEqual(open.allow("/api/v1/things/1"), "GET, HEAD, DELETE, OPTIONS")
    assert.strictEqual(open.allow("/api/v1/things/own"), "GET, HEAD, DELETE, OPTIONS")
    assert.isTrue(open.has("HEAD", "/api/v1/things/1"))
    assert.isTrue(open.has("POST", "/api/v1/things/1/views"))
    assert.isFalse(open.has("PATCH", "/api/v1/things/1"))
    assert.isUndefined(open.allow("/api/v1/other"))
  })

  it("knows the operations whose bodies may be larger", () => {
    const limitOf = Methods.bodyLimitsOf(api)
    assert.strictEqual(limitOf("PATCH", "/api/v1/things/1"), 100_000)
    assert.isUndefined(limitOf("POST", "/api/v1/things/1/views"))
    assert.isUndefined(limitOf("PATCH", "/api/v1/other"))
  })
})
