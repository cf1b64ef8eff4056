import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"
import { Api } from "../src/Api.ts"
import { groups } from "../src/Groups.ts"
import { apiOf } from "../src/Http.ts"
import {
  type AnyModule,
  defineModule,
  groupsOf,
  type Person,
  playPartsOf,
  type Unmet,
  withModule
} from "../src/Module.ts"
import { ModuleSettings, on, onByEnvironment } from "../src/ModuleChoice.ts"
import { modules } from "../src/Modules.ts"
import { layerOf } from "../src/platform/settings/SettingsGroup.ts"
import { layer as settings } from "../src/Settings.ts"
import { draw } from "./plays/Draw.ts"

const all: ReadonlyArray<AnyModule> = modules

const withEnv = (env: Record<string, string>) => Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

const operationsOf = (api: typeof Api): ReadonlyArray<string> => {
  const found: Array<string> = []
  HttpApi.reflect(api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint, group }) => void found.push(`${group.identifier}.${endpoint.identifier}`)
  })
  return found
}

const identifiersOf = (parts: ReadonlyArray<{ readonly identifier: string }>) =>
  parts.map(({ identifier }) => identifier)

describe("the modules", () => {
  it("have each a name and permissions of their own, and words for them", () => {
    const permissions = all.flatMap((module) => module.permissions)
    const names = [...all.map(({ name }) => name), ...permissions.map(({ name }) => name)]
    assert.deepStrictEqual(names, [...new Set(names)])
    for (const { description, name, roles } of permissions) {
      assert.match(name, /^[a-z]+(-[a-z]+)*:[a-z]+$/)
      assert.match(description, /^[A-Z].*\.$/)
      // Whoever may do more may do this too.
      const order = ["viewer", "editor", "admin", "owner"] as const
      assert.deepStrictEqual(roles, order.slice(order.indexOf(roles[0] ?? "owner")), name)
    }
  })

  it("give the contract that clients load, in the order of the list", () => {
    assert.deepStrictEqual(identifiersOf(groups), identifiersOf(groupsOf(all)), "npm run generate writes src/Groups.ts")
    assert.deepStrictEqual(operationsOf(apiOf(all)), operationsOf(Api))
  })

  it("name only operations that there are as public, and none of another module", () => {
    for (const module of all) {
      const own = new Set(identifiersOf(groupsOf([module])))
      for (const operation of module.publicOperations) {
        assert.include(operationsOf(Api), operation)
        assert.isTrue(own.has(operation.split(".")[0] ?? ""), `${operation} is not of ${module.name}`)
      }
    }
  })

  it("need only optional modules that there are, which stand below them", () => {
    for (const [place, { name, needs }] of all.entries()) {
      for (const need of needs) {
        const found = all.findIndex((module) => module.name === need && module.isOptional)
        assert.isAbove(found, place, `${name} needs ${need}`)
      }
    }
  })
})

class Diary extends Context.Service<Diary, Person>()("test/Diary") {}

describe("what a module stores of persons", () => {
  const quiet: Person = { export: () => Effect.succeed({}), forget: () => Effect.void }
  const writing = defineModule({ name: "writing", person: Diary })
  const diaries = defineModule({ name: "diaries", services: Layer.succeed(Diary, quiet) })

  it("is declared by one effect or none", () => {
    assert.lengthOf(writing.person, 1)
    assert.deepStrictEqual(diaries.person, [])
  })

  it("asks for services that some module has to give, or it is no program", () => {
    const given: Unmet<readonly [typeof writing, typeof diaries], never> extends never ? true : false = true
    // @ts-expect-error -- nobody gives the diary
    const missing: Unmet<readonly [typeof writing], never> extends never ? true : false = true
    assert.isTrue(given && missing)
  })
})

describe("MODULES", () => {
  const shop = defineModule({ name: "shop", optional: { needs: ["tasks"] } })
  const choose = (value: string, list = all) =>
    Effect.map(on(list), (served) => served.map(({ name }) => name)).pipe(
      Effect.provide(layerOf(ModuleSettings).pipe(withEnv({ MODULES: value })))
    )

  it.effect("says which optional modules are on; the others always are", () =>
    Effect.gen(function* () {
      const names = all.map(({ name }) => name)
      assert.deepStrictEqual(yield* choose("all"), names)
      assert.deepStrictEqual(yield* choose(""), names)
      const optional = all.filter(({ isOptional }) => isOptional).map(({ name }) => name)
      assert.deepStrictEqual(yield* choose(` ${optional.toReversed().join(" , ")}, tasks`), names)
      const core = all.filter(({ isOptional }) => !isOptional).map(({ name }) => name)
      assert.deepStrictEqual(yield* choose("none"), core)
      assert.notInclude(core, "tasks")
    })
  )

  it.effect("refuses a name that no optional module has", () =>
    Effect.gen(function* () {
      const optional = all.filter(({ isOptional }) => isOptional).map(({ name }) => name)
      for (const value of ["shops", "plays", "all,tasks", "tasks none", ",", "TASKS"]) {
        const { message } = yield* Effect.flip(choose(value))
        assert.strictEqual(
          message,
          `MODULES is ${JSON.stringify(value)}: it must be \`all\`, \`none\`, or a comma-separated list of: ${optional.join(", ")}.`
        )
      }
    })
  )

  it.effect("stops the start where a module needs one that is off", () =>
    Effect.gen(function* () {
      const error = yield* on([...all, { ...shop, isOptional: false }]).pipe(
        Effect.provide(layerOf(ModuleSettings).pipe(withEnv({ MODULES: "none" }))),
        Effect.flip
      )
      assert.strictEqual(error.message, "The module shop needs tasks, which is off (MODULES).")
      const served = yield* choose("tasks", [...all, { ...shop, isOptional: false }])
      assert.includeMembers(served, ["shop", "tasks"])
    })
  )

  it.effect("a setting of a module that is off is not asked for; all that are wrong are named at once", () =>
    Effect.gen(function* () {
      const env = { TASK_POLL: "soon", LLM_MAX_TOKENS: "x", PLAY_BATCH: "0", PORT: "-1" }
      const wrong = (more: Record<string, string>) =>
        Effect.map(
          Effect.flip(Effect.scoped(Layer.build(settings.pipe(withEnv({ ...env, ...more }))))),
          ({ message }) => message.split("\n").map((line) => line.split(" ")[0])
        )
      assert.deepStrictEqual(yield* wrong({}), ["PORT", "PLAY_BATCH", "TASK_POLL", "LLM_MAX_TOKENS"])
      assert.deepStrictEqual(yield* wrong({ MODULES: "none" }), ["PORT", "PLAY_BATCH"])
      assert.deepStrictEqual(yield* wrong({ MODULES: "no-such-module" }), [
        "PORT",
        "MODULES",
        "PLAY_BATCH",
        "TASK_POLL",
        "LLM_MAX_TOKENS"
      ])
    })
  )

  it.effect("the document of what is served has no path, schema or problem of a module that is off", () =>
    Effect.gen(function* () {
      const none = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { MODULES: "none" } }))
      const document = OpenApi.fromApi(apiOf(yield* Effect.provide(onByEnvironment, none)))
      const names = [
        ...Object.keys(document.paths),
        ...Object.keys(document.components.schemas),
        ...document.tags.map(({ name }) => name),
        document.info.description?.split("\n")[0] ?? ""
      ]
      assert.isAbove(names.length, 10)
      for (const name of names) assert.notMatch(name, /task|taskCallback/i)
    })
  )

  it("a module that has a part in recording a play adds its field to the answer, on both sides", () => {
    const lottery = defineModule({ name: "lottery", optional: { needs: [] }, playPart: draw })
    const playOf = (list: ReadonlyArray<AnyModule>) =>
      Object.keys(OpenApi.fromApi(apiOf(list)).components.schemas["Play"]?.["properties"] as object)
    assert.sameMembers(playOf([lottery, ...all]), [...playOf(all), "draw"])
    assert.deepStrictEqual(playPartsOf([lottery, ...all]), [draw, ...playPartsOf(all)])
    assert.notInclude(playPartsOf(all), draw)
  })

  it("one face may stand in for another of its name, and for none else", () => {
    const instead = defineModule({ name: "tasks", about: "Other tasks." })
    const list = withModule(all, instead)
    assert.deepStrictEqual(
      list.map((module) => [module.name, module === instead]),
      all.map(({ name }) => [name, name === "tasks"])
    )
  })
})
