import { Layer } from "effect"
import * as ManagementLayer from "../../../src/accounts/ManagementLayer.ts"
import { replica } from "../../support/accounts/AccountServices.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

/** The services that manage accounts, on this database. */
export const subjectOn = (database: typeof TestDatabase.layer) =>
  ManagementLayer.services.pipe(Layer.provideMerge(replica()), Layer.provideMerge(database))

/** The same on a new database. */
export const subject = subjectOn(TestDatabase.layer)
