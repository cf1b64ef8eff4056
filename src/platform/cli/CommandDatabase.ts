import { Layer } from "effect"
import { userInfo } from "node:os"
import { CurrentDoer, theService } from "../Doer.ts"
import * as Notifier from "../notify/Notifier.ts"
import * as Logging from "../observe/Logging.ts"
import * as DatabaseClock from "../postgres/DatabaseClock.ts"
import * as Sql from "../postgres/Sql.ts"
import { Settings } from "../settings/Settings.ts"
import { type Group, layerOf } from "../settings/SettingsGroup.ts"
import { Secrets } from "../Secrets.ts"
import { Shutdown } from "../Shutdown.ts"

/** Whoever has the machine. The user's name is all that is known of them. */
const doer = Layer.sync(CurrentDoer, () => ({ ...theService, via: "command-line" as const, address: userName() }))

const userName = (): string | null => {
  try {
    return userInfo().username
  } catch {
    // A user id without an entry in the system's list, as in some containers.
    return null
  }
}

/**
 * What a command needs to work next to a running service: the service's database, its clock, the log, and these
 * settings.
 */
export const commandDatabase = <const G extends ReadonlyArray<Group>>(...groups: G) =>
  Layer.mergeAll(DatabaseClock.layer, Secrets.layer, Notifier.layer, doer).pipe(
    Layer.provideMerge(Sql.layerShared),
    Layer.provideMerge(Shutdown.layer),
    Layer.provideMerge(Logging.layer),
    Layer.provideMerge(layerOf(Settings, ...groups))
  )
