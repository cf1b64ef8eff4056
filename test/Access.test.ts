import { assert, describe, it } from "@effect/vitest"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { type AnyModule, defineModule } from "../src/Module.ts"
import { modules } from "../src/Modules.ts"
import { holds, needs, widens } from "../src/platform/contract/Access.ts"
import { type Operation, operationsOf } from "./support/Operations.ts"

const all: ReadonlyArray<AnyModule> = modules

/**
 * Operations whose permission does not say what their method does, with the reason: `GET` needs a permission to read, everything else
 * one to write.
 */
const otherVerbs: Readonly<Record<string, string>> = {}

/** Permissions that a module's operations need although another one declares them, with the reason. */
const borrowed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pages: {
    "games:read": "a page is a game's; the module of games stands below and does not know it",
    "games:write": "a page is a game's",
    "statistics:read": "a funnel leads to the plays that statistics count"
  },
  plays: {
    "players:read":
      "plays and entries are what is known of players; the module of players stands below and knows neither",
    "players:write": "an entry is a player's"
  },
  exports: {
    "players:read": "an export has what the lists have",
    "contacts:read": "an export has what the lists have"
  }
}

/** What is wrong with how operations say who may call them. */
const faultsOf = (list: ReadonlyArray<AnyModule>, exceptions = { borrowed, otherVerbs }): ReadonlyArray<string> => {
  const operations = operationsOf(list)
  const isListed = ({ module, name }: Operation) => module.publicOperations.includes(name)
  const faults = operations.flatMap((operation) => {
    const { access, method, middleware, module, name } = operation
    const isGuarded = Object.values(middleware).some((stands) => stands)
    if (access === undefined) {
      if (isGuarded) return [`${name} has a guard that does not know what it needs`]
      return isListed(operation) ? [] : [`${name} is open, and its face does not list it`]
    }
    const found: Array<string> = []
    if (isListed(operation)) found.push(`${name} is listed as public, and says that it needs something`)
    const { isHolder, isOptional, permission } = access
    // Exactly the two that belong together.
    const wanted = {
      presents: !isHolder,
      signedIn: !isHolder && !isOptional,
      maybeSignedIn: isOptional,
      presentsHolder: isHolder,
      holds: isHolder
    }
    if (Object.entries(wanted).some(([one, stands]) => middleware[one as keyof typeof wanted] !== stands)) {
      found.push(`${name} says what it needs, and nothing asks for it`)
    }
    if (permission === null) return found
    const owners = list.filter(({ permissions }) => permissions.some((one) => one.name === permission))
    if (owners.length !== 1) found.push(`${name} needs ${permission}, which ${owners.length} faces declare`)
    else if (owners[0] !== module && exceptions.borrowed[module.name]?.[permission] === undefined) {
      found.push(`${name} needs ${permission}, which is ${owners[0]?.name}'s`)
    }
    const verb = method === "GET" ? ":read" : ":write"
    if (!permission.endsWith(verb) && exceptions.otherVerbs[name] === undefined) {
      found.push(`${name} is ${method}, and needs ${permission}`)
    }
    return found
  })
  const used = new Set(operations.map(({ access, module }) => `${module.name} ${access?.permission}`))
  const names = new Set(operations.map(({ name }) => name))
  const stale = [
    ...Object.keys(exceptions.otherVerbs).filter((name) => !names.has(name)),
    ...Object.entries(exceptions.borrowed).flatMap(([module, permissions]) =>
      Object.keys(permissions).flatMap((one) => (used.has(`${module} ${one}`) ? [] : [`${module} ${one}`]))
    )
  ]
  return [...faults, ...stale.map((name) => `${name} is an exception of nothing`)]
}

describe("every operation of the contract", () => {
  it("is either public by name or says what it needs, in a permission of its module that fits what it does", () => {
    assert.isAbove(operationsOf(all).length, 10)
    assert.deepStrictEqual(faultsOf(all), [])
  })

  it("asks for a session, a fresh proof, or the second factor that is owed, if it is one of these", () => {
    const those = (choose: (access: NonNullable<Operation["access"]>) => boolean) =>
      operationsOf(all).flatMap(({ access, name }) => (access !== undefined && choose(access) ? [name] : []))
    assert.sameMembers(
      those(({ isRecent }) => isRecent),
      [
        "account.changeEmail",
        "account.changePassword",
        "accounts.create",
        "accounts.delete",
        "accounts.endSessions",
        "accounts.removeSecondFactor",
        "accounts.requestReset",
        "accounts.update",
        "apiKeys.create",
        "factors.addPasskey",
        "factors.beginTotp",
        "factors.confirmTotp",
        "factors.passkeyOptions",
        "factors.removePasskey",
        "factors.removeTotp",
        "factors.renamePasskey",
        "factors.renewRecoveryCodes",
        "invitations.create",
        "invitations.resend",
        "invitations.revoke",
        "sso.unlink"
      ]
    )
    assert.sameMembers(
      those(({ isRecent, isSession }) => isSession && !isRecent),
      [
        "account.update",
        "secondFactor.confirm",
        "secondFactor.confirmationOptions",
        "session.confirm",
        "session.end",
        "session.endOthers",
        "session.list",
        "session.signOut"
      ]
    )
    // A key has no second factor.
    assert.sameMembers(
      those(({ isProven, permission }) => isProven && permission === null),
      // What the stream tells hangs on permissions, which the factor is owed for.
      ["apiKeys.create", "live.events"]
    )
  })

  it("takes a player's token, if it is one of these, and some take nothing else", () => {
    const those = (choose: (permission: string | null) => boolean) =>
      operationsOf(all).flatMap(({ access, name }) =>
        access?.isHolder === true && choose(access.permission) ? [name] : []
      )
    assert.sameMembers(
      those((permission) => permission !== null),
      ["players.get", "players.entries", "players.plays"]
    )
    assert.sameMembers(
      those((permission) => permission === null),
      ["players.me", "playerTokens.end"]
    )
  })

  it("would be noticed if it did neither, or both", () => {
    const get = HttpApiEndpoint.get("get", "/a")
    const post = HttpApiEndpoint.post("post", "/a")
    const faults = (
      endpoint: HttpApiEndpoint.Constraint,
      face: Pick<Parameters<typeof defineModule>[0], "publicOperations" | "permissions"> = {}
    ) =>
      faultsOf(
        [
          defineModule({ name: "a", groups: [HttpApiGroup.make("a").add(endpoint)], ...face }),
          defineModule({ name: "b", permissions: [{ name: "b:read", description: "See.", roles: ["owner"] }] })
        ],
        { borrowed: {}, otherVerbs: {} }
      )
    const read = { permissions: [{ name: "a:read", description: "See.", roles: ["owner"] }] } as const
    const twice = { permissions: [{ name: "b:read", description: "See.", roles: ["owner"] }] } as const

    assert.deepStrictEqual(faults(get), ["a.get is open, and its face does not list it"])
    assert.deepStrictEqual(faults(get, { publicOperations: ["a.get"] }), [])
    assert.deepStrictEqual(faults(get.pipe(needs("a:read")), read), [])
    assert.deepStrictEqual(faults(get.pipe(widens("a:read")), read), [])
    assert.deepStrictEqual(faults(get.pipe(needs("signed-in"))), [])
    assert.deepStrictEqual(faults(get.pipe(holds("a:read")), read), [])
    assert.deepStrictEqual(faults(get.pipe(holds("token"))), [])
    assert.deepStrictEqual(faults(get.pipe(holds("a:read"))), ["a.get needs a:read, which 0 faces declare"])
    assert.deepStrictEqual(faults(post.pipe(holds("a:read")), read), ["a.post is POST, and needs a:read"])
    const [both] = faults(get.pipe(needs("a:read")).pipe(holds("a:read")), read)
    assert.strictEqual(both, "a.get says what it needs, and nothing asks for it")
    for (const guarded of [
      get.pipe(needs("a:read")),
      get.pipe(widens("a:read")),
      get.pipe(holds("a:read")),
      get.pipe(holds("token")),
      get.pipe(needs("signed-in"))
    ]) {
      const [fault, ...more] = faults(guarded, { ...read, publicOperations: ["a.get"] })
      assert.deepStrictEqual([fault, more], ["a.get is listed as public, and says that it needs something", []])
    }
    assert.deepStrictEqual(faults(get.pipe(needs("a:read"))), ["a.get needs a:read, which 0 faces declare"])
    assert.deepStrictEqual(faults(get.pipe(needs("b:read"))), ["a.get needs b:read, which is b's"])
    assert.deepStrictEqual(faults(get.pipe(needs("b:read")), twice), ["a.get needs b:read, which 2 faces declare"])
    assert.deepStrictEqual(faults(post.pipe(needs("a:read")), read), ["a.post is POST, and needs a:read"])
  })
})
