import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { baseOf, connected, shop } from "../../../support/esp/Connected.ts"
import { httpPeer, json } from "../../../support/esp/HttpPeer.ts"
import {
  double,
  type ListmonkBehaviour,
  listmonkBehaviour,
  single
} from "../../../support/esp/listmonk/ListmonkPeer.ts"
import { listmonk } from "../../../support/esp/listmonk/ListmonkSubject.ts"
import { providerPeer } from "../../../support/esp/ProviderPeer.ts"

const check = (
  change: { readonly [field: string]: unknown } = {},
  prepare: (behaviour: ListmonkBehaviour) => void = () => undefined,
  subject = listmonk
) =>
  Effect.gen(function* () {
    const behaviour = listmonkBehaviour()
    prepare(behaviour)
    const { url } = yield* providerPeer(behaviour)
    return yield* Effect.flatMap(shop, (adapter) => adapter.check).pipe(Effect.provide(connected(subject, url, change)))
  })

const right = { level: "ok", what: "the token of fairground is right" } as const
const found = {
  level: "ok",
  what: `the list ${single} (Players) is single opt-in: with consent contacts are subscribed at once`
} as const

describe("the check of a listmonk connection", () => {
  it.live("finds what is right", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* check(), [right, found])
      assert.deepStrictEqual(yield* check({ list: double }), [
        right,
        {
          level: "ok",
          what: `the list ${double} (Newsletter) is double opt-in: with consent contacts are asked to confirm`
        }
      ])
      assert.deepStrictEqual(
        yield* check({}, ({ permissions }) => {
          permissions.delete("lists:manage_all")
          permissions.add(`list:manage:${single}`)
        }),
        [right, found]
      )
      const [, other] = yield* check({ list: double }, ({ permissions }) => {
        permissions.delete("lists:manage_all")
        permissions.add(`list:manage:${single}`)
      })
      assert.match(other?.what ?? "", /^the user may not manage the list 4/)
    })
  )

  it.live("finds what the user may not do", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* check({}, ({ permissions }) => permissions.clear()), [
        right,
        { level: "error", what: "the user lacks the permission subscribers:manage: no contact can be created" },
        { level: "error", what: "the user may not manage the list 3: contacts with consent would not get into it" },
        {
          level: "warning",
          what: "the user lacks subscribers:get_all and subscribers:sql_query: contacts that exist already get no list, attributes and tags"
        },
        found
      ])
      assert.deepStrictEqual(yield* check({}, ({ permissions }) => void permissions.add("super")), [
        right,
        { level: "warning", what: "the user is a super admin: a role of its own can do less harm" },
        found
      ])
    })
  )

  it.live("finds credentials and lists that are wrong", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* check({ user: "nobody" }), [
        { level: "error", what: "the user or its token is refused (403)" }
      ])
      assert.deepStrictEqual(yield* check({ list: 77 }), [right, { level: "error", what: "there is no list 77" }])
    })
  )

  it.live("takes no answer for a better one than it is", () =>
    Effect.gen(function* () {
      const role = { id: 2, permissions: ["subscribers:manage", "lists:manage_all"] }
      const answers = {
        profile: { data: { username: "fairground", user_role: role } },
        list: { data: { name: "Players", optin: "single" } },
        nothing: {}
      }
      for (const [asked, status, body, expected] of [
        ["/api/profile", 500, "profile", "EspUnavailable: status-500"],
        ["/api/profile", 200, "nothing", "EspUnavailable: status-200"],
        ["/api/lists/3", 403, "list", "the user may not read the list 3"],
        ["/api/lists/3", 500, "list", "EspUnavailable: status-500"],
        ["/api/lists/3", 200, "nothing", "EspUnavailable: status-200"]
      ] as const) {
        const peer = yield* httpPeer(({ path }, response) => {
          if (path === asked) json(response, status, answers[body])
          else json(response, 200, path === "/api/profile" ? answers.profile : answers.list)
        })
        const said = yield* Effect.flatMap(shop, (adapter) => adapter.check).pipe(
          Effect.match({
            onFailure: ({ _tag, reason }) => `${_tag}: ${reason}`,
            onSuccess: (findings) => findings.at(-1)?.what
          }),
          Effect.provide(connected(listmonk, peer.url))
        )
        assert.strictEqual(said, expected, `${asked} ${status}`)
      }
    })
  )

  it.live("says so where the version has no roles", () =>
    Effect.gen(function* () {
      const peer = yield* httpPeer(({ path }, response) =>
        path === "/api/profile"
          ? json(response, 404, { message: "Not Found" })
          : json(response, 200, { data: { name: "Players", optin: "single" } })
      )
      const findings = yield* Effect.flatMap(shop, (adapter) => adapter.check).pipe(
        Effect.provide(connected(listmonk, peer.url))
      )
      assert.deepStrictEqual(findings, [
        { level: "warning", what: "this version does not tell what the user may do" },
        found
      ])
    })
  )
})

describe("the settings of a listmonk connection", () => {
  it.live("take the address of the instance, with and without /api", () =>
    Effect.gen(function* () {
      for (const end of ["", "/", "/api", "/api/"]) {
        assert.strictEqual(
          yield* baseOf(listmonk, { base: `https://lists.shop.example${end}` }),
          "https://lists.shop.example"
        )
      }
      for (const base of ["http://10.0.0.7:9000/mail", "http://10.0.0.7:9000/api/mail"]) {
        assert.strictEqual(yield* baseOf(listmonk, { base }), base)
      }
    })
  )

  it.live("say what is wrong", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* baseOf(listmonk, { list: "news" }),
        "field list: it must be the number of a list, such as 3"
      )
      for (const user of ["a:b", ":b", "a:", ":", ""]) {
        assert.include(yield* baseOf(listmonk, { user }), "field user: ", user)
      }
      assert.strictEqual(
        yield* baseOf(listmonk, { base: undefined, token: "plain" }).pipe(
          Effect.map((text) => text.split("\n").length)
        ),
        2
      )
    })
  )
})
