import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { contacts } from "./cli/Contacts.ts"
import { entry } from "./cli/Entry.ts"
import { esp } from "./cli/Esp.ts"
import * as Exits from "./cli/Exits.ts"
import { game } from "./cli/Game.ts"
import * as Help from "./cli/Help.ts"
import { migrate } from "./cli/Migrate.ts"
import { openapi } from "./cli/OpenApi.ts"
import { demo, serve } from "./cli/Serve.ts"
import { task } from "./cli/Task.ts"
import { Groups } from "./platform/settings/SettingsGroup.ts"
import { version } from "./platform/Version.ts"
import { groups } from "./Settings.ts"

Command.make("fairground").pipe(
  Command.withDescription("The open backend for promotional games."),
  Command.withSubcommands([demo, serve, migrate, game, entry, esp, contacts, task, openapi]),
  Command.run({ version }),
  Effect.provide([NodeServices.layer, Help.layer]),
  Effect.provideService(Groups, Effect.succeed(groups)),
  Exits.explain,
  Exits.withReader,
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: Exits.teardown })
)
