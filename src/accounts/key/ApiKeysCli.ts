import { DateTime, Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { json, optional } from "../../platform/cli/Flags.ts"
import * as Terminal from "../../platform/cli/Terminal.ts"
import * as Moment from "../../platform/contract/Moment.ts"
import { managing, meant, who } from "../ManageCli.ts"
import { KeyName, Scopes } from "./ApiKey.ts"
import { ApiKeys } from "./ApiKeys.ts"

/** The role of the account lacks a scope, or no module that is on declares it. */
class ScopeLacking extends Schema.TaggedError<ScopeLacking>()("ScopeLacking", {
  scope: Schema.String,
  role: Schema.String
}) {
  override get message(): string {
    return `The role ${this.role} does not have the permission ${this.scope}, so a key of the account cannot have it.`
  }
}

const scopesOf = (text: string) =>
  Schema.decodeOption(Scopes)(
    text
      .split(",")
      .map((scope) => scope.trim())
      .filter((scope) => scope !== "")
  )

const make = Command.make(
  "make",
  {
    account: who,
    scopes: Flag.String("scopes").pipe(
      Flag.withDescription("Permissions, separated by commas. The account's role must have each of them."),
      Flag.filterMap(scopesOf, (text) => `"${text}" names no permissions: give some such as games:read,tasks:read`)
    ),
    name: Flag.String("name").pipe(
      Flag.withDescription("What the key is for."),
      Flag.withSchema(KeyName),
      Flag.withDefault("Made on the command line")
    ),
    expires: optional(
      Flag.String("expires").pipe(
        Flag.withDescription(
          "The key is refused from then on, such as 2027-12-01T08:00:00Z; left out: it does not expire."
        ),
        Flag.filterMap(Moment.parse, () => Moment.allowed)
      )
    ),
    json
  },
  Effect.fnUntraced(function* ({ account, expires, json, name, scopes }) {
    const owner = yield* meant(account)
    const made = yield* (yield* ApiKeys)
      .make({ accountId: owner.id, name, scopes, expiresAt: expires }, "operator")
      .pipe(
        Effect.catchTag("NotPermitted", ({ permission }) =>
          Effect.fail(new ScopeLacking({ scope: permission, role: owner.role }))
        )
      )
    const { createdAt, expiresAt, lastUsedAt: _never, ...facts } = made
    yield* Terminal.print(
      json
        ? JSON.stringify({ ...facts, createdAt: DateTime.formatIso(createdAt), expiresAt: Moment.iso(expiresAt) })
        : [
            made.key,
            `  for ${owner.email ?? owner.name} (${owner.role}): ${made.scopes.join(", ")}; ${expiresAt === null ? "does not expire" : `until ${DateTime.formatIso(expiresAt)}`}`,
            "  It is shown this once. Send it as `Authorization: Bearer …`."
          ]
    )
  }, managing)
).pipe(
  Command.withDescription("Make a key for a person or a machine, and print it."),
  Command.withExamples([
    {
      command: "fairground account key make Exporter --scopes games:read,players:read --name 'Nightly export'",
      description: "For a machine's account"
    }
  ])
)

export const key = Command.make("key").pipe(
  Command.withDescription("Make keys for programs."),
  Command.withSubcommands([make])
)
