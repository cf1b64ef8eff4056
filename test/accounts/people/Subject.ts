import { Layer } from "effect"
import * as AccountsLayer from "../../../src/accounts/AccountsLayer.ts"
import * as ManagementLayer from "../../../src/accounts/ManagementLayer.ts"
import { Permissions } from "../../../src/accounts/Permissions.ts"
import { Mail } from "../../../src/mail/Mail.ts"
import { Audit } from "../../../src/audit/Audit.ts"
import { modules } from "../../../src/Modules.ts"
import { RateLimits } from "../../../src/platform/edge/RateLimits.ts"
import { Secrets } from "../../../src/platform/Secrets.ts"
import { settingsOf } from "../../support/AllSettings.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

/** The services that manage accounts, on this database. */
export const subjectOn = (database: typeof TestDatabase.layer) =>
  ManagementLayer.services.pipe(
    Layer.provideMerge(AccountsLayer.services),
    Layer.provideMerge(Mail.layer),
    Layer.provideMerge(Layer.mergeAll(Audit.layer, RateLimits.layerMemory, Secrets.layerOf([Buffer.alloc(32, 7)]))),
    Layer.provideMerge(database),
    Layer.provide(settingsOf({})),
    Layer.provideMerge(
      Layer.succeed(
        Permissions,
        modules.flatMap(({ permissions }) => permissions)
      )
    )
  )

/** The same on a new database. */
export const subject = subjectOn(TestDatabase.layer)
