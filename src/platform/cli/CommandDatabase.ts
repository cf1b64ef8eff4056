import { Layer } from "effect"
import * as Logging from "../observe/Logging.ts"
import * as DatabaseClock from "../postgres/DatabaseClock.ts"
import * as Sql from "../postgres/Sql.ts"
import { Settings } from "../settings/Settings.ts"
import { type Group, layerOf } from "../settings/SettingsGroup.ts"
import { Shutdown } from "../Shutdown.ts"

/**
 * What a command needs to work next to a running service: the service's database, its clock, the log, and these
 * settings.
 */
export const commandDatabase = <const G extends ReadonlyArray<Group>>(...groups: G) =>
  DatabaseClock.layer.pipe(
    Layer.provideMerge(Sql.layerShared),
    Layer.provideMerge(Shutdown.layer),
    Layer.provideMerge(Logging.layer),
    Layer.provideMerge(layerOf(Settings, ...groups))
  )
