import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { fairground } from "../../support/service/CommandLine.ts"
import { accountFor } from "../../support/service/Credentials.ts"
import { query } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"
import { entries } from "./Told.ts"

it.live(
  "whoever has the machine invites, lists, disables, enables and makes keys",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const owner = yield* query(url, () => accountFor("owner"))
      const editor = yield* query(url, () => accountFor("editor"))
      const email = `Editor-${editor}@STAFF.example`
      yield* query(
        url,
        (sql) => sql`
          insert into account (id, kind, name, role, created_at, updated_at)
          values ('019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b51', 'machine', 'Exporter', 'editor', now(), now()),
            ('019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52', 'machine', 'Twin', 'viewer', now(), now()),
            ('019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53', 'machine', 'Twin', 'viewer', now(), now())`
      )
      const run = (...args: ReadonlyArray<string>) => fairground(url, "account", ...args)

      // Each command is a process: those that do not meet run together.
      const [invited, taken, made, lacking, expired, unclear, last] = yield* Effect.all(
        [
          run("invite", "Nora@brand.example", "--role", "owner", "--language", "ru"),
          run("invite", email, "--role", "viewer"),
          run("key", "make", "Exporter", "--scopes", "games:write, games:read", "--name", "Nightly"),
          run("key", "make", "Exporter", "--scopes", "accounts:write"),
          run("key", "make", email, "--scopes", "games:read", "--expires", "2020-01-01T00:00:00Z"),
          run("disable", "Twin"),
          run("disable", owner)
        ],
        { concurrency: 3 }
      )

      // The link is printed, whatever is set up.
      assert.strictEqual(invited.code, 0, invited.stderr)
      assert.match(invited.stdout, /^http:\/\/localhost:8080\/join\/fgi_\w{49}\n/)
      // A key has what its account's role has.
      assert.strictEqual(made.code, 0, made.stderr)
      const [key = "", facts = ""] = made.stdout.split("\n")
      assert.match(key, /^fgk_\w{49}$/)
      assert.match(facts, /for Exporter \(editor\): games:read, games:write; does not expire/)
      for (const [{ code, stderr }, complaint] of [
        [taken, /Another account has this address/],
        [lacking, /role editor does not have the permission accounts:write/],
        [expired, /expired already/],
        [unclear, /Several accounts are called "Twin"/],
        [last, /The last owner stays/]
      ] as const) {
        assert.strictEqual(code, 1, stderr)
        assert.match(stderr, complaint)
      }

      assert.match((yield* run("disable", email)).stdout, /disabled since/)
      assert.notMatch((yield* run("enable", editor)).stdout, /disabled since/)
      const machines = JSON.parse((yield* run("list", "--kind", "machine", "--role", "editor", "--json")).stdout)
      assert.deepStrictEqual(
        machines.map(({ name }: { name: string }) => name),
        ["Exporter"]
      )

      // The audit log says who and how.
      const vias = yield* query(url, () =>
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`
            select via, account_id, address is not null as has_user, count(*)::int as count from audit_entry group by 1, 2, 3`
        )
      )
      const told = yield* query(url, () => entries)
      assert.deepStrictEqual(vias, [
        { via: "command-line", account_id: null, has_user: true, count: told.length }
      ] as never)
      assert.deepStrictEqual(told.map(({ action }) => action).sort(), [
        "account.update",
        "account.update",
        "api-key.create",
        "invitation.create"
      ])
    }),
  120_000
)
