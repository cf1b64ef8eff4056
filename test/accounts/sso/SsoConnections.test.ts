import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import { domainToASCII } from "node:url"
import { SsoConnections } from "../../../src/accounts/sso/SsoConnections.ts"
import { SsoSettings } from "../../../src/accounts/sso/SsoSettings.ts"
import { layerOf } from "../../../src/platform/settings/SettingsGroup.ts"

const env = { A_SECRET: "s3cret" }
const google = { issuer: "https://accounts.google.com", clientId: "id", secret: { env: "A_SECRET" } }

const read = (connections: unknown) =>
  Effect.gen(function* () {
    return yield* SsoConnections
  }).pipe(
    Effect.provide(
      SsoConnections.layer.pipe(
        Layer.provide(layerOf(SsoSettings)),
        Layer.provide(
          ConfigProvider.layer(
            ConfigProvider.fromEnv({
              env: {
                ...env,
                SSO_CONNECTIONS: typeof connections === "string" ? connections : JSON.stringify(connections)
              }
            })
          )
        )
      )
    )
  )

const refusal = (fields: Record<string, unknown>) =>
  Effect.map(Effect.flip(read({ google: { ...google, ...fields } })), ({ message }) => message)

describe("SSO_CONNECTIONS", () => {
  it.effect("gives connections in their order, with nothing taken for granted", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* read("")).size, 0)
      const connections = yield* read({
        zeta: google,
        google: {
          ...google,
          title: "Google",
          domains: ["Brand.example", "бренд.example"],
          provision: "editor",
          mfa: "trusted"
        }
      })
      assert.deepStrictEqual([...connections.keys()], ["zeta", "google"])
      const [zeta, full] = [...connections.values()]
      assert.deepInclude(zeta, { title: "zeta", provision: null, isTrusted: false })
      assert.strictEqual(zeta?.domains.size, 0)
      assert.strictEqual(Redacted.value(full?.secret ?? Redacted.make("")), "s3cret")
      assert.deepInclude(full, { title: "Google", provision: "editor", isTrusted: true })
      assert.deepStrictEqual([...(full?.domains ?? [])], ["brand.example", domainToASCII("бренд.example")])
    })
  )

  it.effect("refuses what would be unsafe or unclear, and says where", () =>
    Effect.gen(function* () {
      for (const [fields, expected] of [
        [{ issuer: "http://idp.example" }, /"google", field issuer: it must be an https:\/\/ URL/],
        [{ issuer: "https://user:pass@idp.example" }, /field issuer/],
        [{ issuer: "https://idp.example?tenant=1" }, /field issuer/],
        [{ issuer: undefined }, /field issuer: is missing/],
        [{ clientId: "" }, /field clientId/],
        [{ secret: "s3cret" }, /field secret: it must be \{"env": "NAME"\}/],
        [{ secret: { env: "NOT_THERE" } }, /NOT_THERE is not set/],
        [{ domains: ["brand.example", "a@brand.example"] }, /field domains\.1: it must be a domain/],
        [{ domains: ["*.brand.example"] }, /field domains\.0/],
        [{ provision: "viewer" }, /field provision: it needs domains/],
        [{ provision: "viewer", domains: [] }, /field provision: it needs domains/],
        [{ provision: "owner", domains: ["brand.example"] }, /field provision: it must be viewer, editor or admin/],
        [{ mfa: true }, /field mfa: it must be trusted/],
        [{ title: "\u202e" }, /field title/],
        [{ isuser: "x" }, /field isuser: is not known/]
      ] as const) {
        const message = yield* refusal(fields)
        assert.match(message, expected)
        assert.notInclude(message, "s3cret")
      }
      assert.strictEqual((yield* read({ local: { ...google, issuer: "http://localhost:9000/realms/x" } })).size, 1)
    })
  )
})
