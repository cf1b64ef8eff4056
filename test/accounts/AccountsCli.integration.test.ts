import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { spawn } from "node:child_process"
import { person } from "../support/accounts/AccountServices.ts"
import { fairground } from "../support/service/CommandLine.ts"
import { until } from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live(
  "prints links for whoever has the machine, and the audit log says who that was",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const first = yield* fairground(url, "account", "setup")
      assert.match(first.stdout, /^http:\/\/localhost:8080\/setup\/fgo_\w{49}\n$/)
      const nobody = yield* fairground(url, "account", "reset", "nobody@brand.example")
      assert.deepStrictEqual(
        [nobody.code, nobody.stdout, nobody.stderr],
        [1, "", "No person who may sign in has this address.\n"]
      )

      const { email } = yield* query(url, () => person("owner"))
      const [done, reset] = yield* Effect.all(
        [fairground(url, "account", "setup"), fairground(url, "account", "reset", email.toUpperCase())],
        { concurrency: 2 }
      )
      assert.deepStrictEqual([done.code, done.stdout], [1, ""])
      assert.match(done.stderr, /^There is an owner already\. `fairground account reset <email>`/)
      assert.match(reset.stdout, /^http:\/\/localhost:8080\/reset\/fgr_\w{49}\n$/)
      const entries = yield* query(
        url,
        (sql) => sql<{ action: string; via: string; accountId: string | null; hasUser: boolean }>`
          select action, via, account_id, address is not null as has_user from audit_entry order by id`
      )
      assert.deepStrictEqual(
        entries.map((entry) => ({ ...entry })),
        [
          { action: "setup.link", via: "command-line", account_id: null, has_user: true },
          { action: "account.password-reset-ask", via: "command-line", account_id: null, has_user: true }
        ] as never
      )
    }),
  120_000
)

/** `fairground demo`, and what it has printed so far. */
const demo = (url: Redacted.Redacted<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["src/main.ts", "demo"], {
        env: { ...process.env, NO_COLOR: "1", PORT: "0", DATABASE_URL: Redacted.value(url) }
      })
      let printed = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        printed += text
      })
      return { child, printed: () => printed }
    }),
    ({ child }) =>
      Effect.promise(
        () =>
          new Promise((resolve) => {
            child.on("exit", resolve)
            child.kill("SIGKILL")
          })
      )
  )

it.live(
  "the demonstration prints the link that makes the first owner, where it listens, and no other time",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const printedBy = Effect.gen(function* () {
        const { printed } = yield* demo(url)
        yield* until(
          "it serves",
          Effect.sync(() => (printed().includes("Record a play") ? true : undefined))
        )
        return printed()
      }).pipe(Effect.scoped)
      const first = yield* printedBy
      const [, base = "-"] = /^Fairground {2}(http:\S+)$/m.exec(first) ?? []
      assert.match(first, new RegExp(`^Set up {6}${base}/setup/fgo_\\w{49}$`, "m"))
      // Passkeys are for names.
      assert.match(base, /^http:\/\/localhost:/)
      yield* query(url, () => person("owner"))
      const second = yield* printedBy
      assert.notInclude(second, "Set up")
      assert.match(second, /^Account {5}http:\/\/localhost:\d+\/account$/m)
    }),
  120_000
)
