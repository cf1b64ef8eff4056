import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { json, optional } from "../platform/cli/Flags.ts"
import * as Terminal from "../platform/cli/Terminal.ts"
import { roles } from "../platform/contract/Access.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { normalise } from "../players/Email.ts"
import { AccountId } from "./Account.ts"
import type { ManagedAccount } from "./AccountFacts.ts"
import { Accounts } from "./Accounts.ts"
import { withAccounts } from "./CommandAccounts.ts"
import * as ManagementLayer from "./ManagementLayer.ts"

/** The services that manage accounts, next to a running service. Built when the command runs. */
export const managing = <A, E, R>(command: Effect.Effect<A, E, R>) =>
  withAccounts(Effect.provide(command, ManagementLayer.services))

/** Several accounts could be meant. */
class UnclearAccount extends Schema.TaggedError<UnclearAccount>()("UnclearAccount", { name: Schema.String }) {
  override get message(): string {
    return `Several accounts are called ${JSON.stringify(this.name)}: name one by its id. \`fairground account list\` shows the ids.`
  }
}

class NoSuchAccount extends Schema.TaggedError<NoSuchAccount>()("NoSuchAccount", { name: Schema.String }) {
  override get message(): string {
    return `There is no account ${JSON.stringify(this.name)}. \`fairground account list\` shows those that there are.`
  }
}

/** The account as people name it. */
export const who = Argument.String("account").pipe(
  Argument.withDescription("A person's address, a machine's name, or the id of an account.")
)

/** The account that is meant by an address, a machine's name, or an id. */
export const meant = Effect.fnUntraced(function* (text: string) {
  const accounts = yield* Accounts
  const id = Schema.decodeOption(AccountId)(text)
  if (Option.isSome(id)) return yield* accounts.find(id.value)
  const [found, other] = yield* accounts.named(Option.getOrNull(normalise(text)), text)
  if (found === undefined) return yield* new NoSuchAccount({ name: text })
  return other === undefined ? found : yield* new UnclearAccount({ name: text })
})

const facts = (account: ManagedAccount) => ({
  ...account,
  emailVerifiedAt: Moment.iso(account.emailVerifiedAt),
  disabledAt: Moment.iso(account.disabledAt),
  createdAt: Moment.iso(account.createdAt),
  updatedAt: Moment.iso(account.updatedAt)
})

const row = (account: ManagedAccount) => [
  account.id,
  account.kind,
  account.role,
  ...(account.email === null ? [account.name] : [account.email, account.name]),
  ...(account.hasSecondFactor ? ["second factor"] : []),
  ...(account.disabledAt === null ? [] : [`disabled since ${Moment.iso(account.disabledAt)}`])
]

const print = (account: ManagedAccount, asJson: boolean) =>
  Terminal.print(asJson ? JSON.stringify(facts(account)) : Terminal.columns([row(account)]))

export const list = Command.make(
  "list",
  {
    kind: optional(
      Flag.Literals("kind", ["person", "machine"]).pipe(Flag.withDescription("Only accounts of this kind."))
    ),
    role: optional(Flag.Literals("role", roles).pipe(Flag.withDescription("Only accounts with this role."))),
    json
  },
  Effect.fnUntraced(function* ({ json, kind, role }) {
    const accounts = yield* Accounts
    const found: Array<ManagedAccount> = []
    let after: AccountId | null = null
    do {
      const page: { readonly items: ReadonlyArray<ManagedAccount>; readonly nextCursor: AccountId | null } =
        yield* accounts.list({
          limit: 100,
          ...(kind === null ? {} : { kind }),
          ...(role === null ? {} : { role }),
          ...(after === null ? {} : { after })
        })
      found.push(...page.items)
      after = page.nextCursor
    } while (after !== null)
    if (json) return yield* Terminal.print(JSON.stringify(found.map(facts)))
    yield* Terminal.print(found.length === 0 ? "There are no such accounts." : Terminal.columns(found.map(row)))
  }, managing)
).pipe(Command.withDescription("List the accounts of people and machines, newest first."))

const switching = (disabled: boolean) =>
  Effect.fnUntraced(function* ({ account, json }: { readonly account: string; readonly json: boolean }) {
    const accounts = yield* Accounts
    const { id } = yield* meant(account)
    yield* print(yield* accounts.change(id, { disabled }, null, "operator"), json)
  }, managing)

export const disable = Command.make("disable", { account: who, json }, switching(true)).pipe(
  Command.withDescription(
    "Disable an account: its sessions end, and its keys are refused from their next request on. The last owner stays."
  )
)

export const enable = Command.make("enable", { account: who, json }, switching(false)).pipe(
  Command.withDescription("Let a disabled account in again. Its keys count again.")
)
