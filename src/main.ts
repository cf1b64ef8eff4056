import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import * as Help from "./cli/Help.ts"
import { migrate } from "./cli/Migrate.ts"
import { module } from "./cli/Module.ts"
import { openapi } from "./cli/OpenApi.ts"
import { demo, serve } from "./cli/Serve.ts"
import { Permissions } from "./accounts/Permissions.ts"
import { ContactParts } from "./contacts/ContactPart.ts"
import { contactPartsOf } from "./Module.ts"
import { onByEnvironment, requireOn } from "./ModuleChoice.ts"
import { modules } from "./Modules.ts"
import * as Exits from "./platform/cli/Exits.ts"
import { Groups } from "./platform/settings/SettingsGroup.ts"
import { version } from "./platform/Version.ts"
import { groups } from "./Settings.ts"

const ofModules = modules.flatMap((module) =>
  module.commands.map((command) => Command.provideEffectDiscard(command, requireOn(module)))
)

/** For commands; the service asks its modules itself. */
const permissions = Layer.effect(
  Permissions,
  Effect.map(onByEnvironment, (served) => served.flatMap(({ permissions }) => permissions))
)

Command.make("fairground").pipe(
  Command.withDescription("The open backend for promotional games."),
  Command.withSubcommands([demo, serve, migrate, ...ofModules, openapi, module]),
  Command.run({ version }),
  Effect.provide([NodeServices.layer, Help.layer, permissions]),
  Effect.provideService(Groups, groups),
  // Commands change contacts too, next to a running service.
  Effect.provideServiceEffect(ContactParts, Effect.map(onByEnvironment, contactPartsOf)),
  Exits.explain,
  Exits.withReader,
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: Exits.teardown })
)
