import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const secret = "key-of-the-shop-1234567890"

it.live(
  "ESP connections over HTTP: no secret in any answer, and nobody hammers the provider",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const client = yield* Service.client()
      const { base, log } = yield* Service.start(url, {
        RATE_LIMIT_ESP_CHECK: "1/1d",
        // Nothing listens there.
        ESP_CONNECTIONS: JSON.stringify({
          shop: { provider: "unisender", base: "http://127.0.0.1:9", key: { env: "SHOP_KEY" }, list: 7 }
        }),
        SHOP_KEY: secret
      })
      const keys = {
        editor: yield* query(url, () => keyFor("editor")),
        viewer: yield* query(url, () => keyFor("viewer"))
      }
      const send = (method: string, path: string, headers: Readonly<Record<string, string>>) =>
        Effect.promise(() => client.send(base, method, `/api/v1/esps${path}`, undefined, headers))
      const checked = yield* send("POST", "/shop/check", keys.editor.headers)
      assert.strictEqual(checked.status, 200)
      assert.deepInclude(checked.body, { name: "shop", provider: "unisender", circuit: "closed" })
      const { findings } = checked.body["lastCheck"] as { readonly findings: ReadonlyArray<object> }
      assert.deepInclude(findings[0], { level: "error" })
      const list = yield* send("GET", "", keys.viewer.headers)
      assert.deepStrictEqual(
        (list.body["items"] as ReadonlyArray<{ name: string }>).map(({ name }) => name),
        ["shop", "sandbox"]
      )
      const one = yield* send("GET", "/shop", keys.viewer.headers)
      // In a day's last moment, the second check may be allowed: then the third is not.
      let refused = yield* send("POST", "/shop/check", keys.editor.headers)
      if (refused.status === 200) refused = yield* send("POST", "/shop/check", keys.editor.headers)
      assert.deepStrictEqual([refused.status, refused.body["type"]], [429, "/problems/too-many-requests"])
      assert.match(String(refused.headers["retry-after"]), /^\d+$/)

      for (const [method, path, headers, status] of [
        ["GET", "", {}, 401],
        ["GET", "/shop", {}, 401],
        ["POST", "/shop/check", {}, 401],
        ["POST", "/shop/check", keys.viewer.headers, 403],
        ["POST", "/nowhere/check", keys.editor.headers, 404],
        ["GET", "/nowhere", keys.editor.headers, 404],
        ["GET", "/constructor", keys.editor.headers, 404]
      ] as const) {
        assert.strictEqual((yield* send(method, path, headers)).status, status, `${method} ${path}`)
      }
      const account = createHash("sha256").update(secret).digest("hex").slice(0, 12)
      const said = JSON.stringify([checked.body, list.body, one.body]) + log()
      for (const hidden of [secret, account]) assert.notInclude(said, hidden)
      const audited = yield* query(
        url,
        (sql) => sql`select account_id, target_kind, target_id, details from audit_entry where action = 'esp.check'`
      )
      assert.deepStrictEqual(audited[0], {
        account_id: keys.editor.accountId,
        target_kind: "esp",
        target_id: "shop",
        details: null
      })
    }),
  60_000
)
