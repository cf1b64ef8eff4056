import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import * as AccessHttp from "./access/AccessHttp.ts"
import { account } from "./AccountsCli.ts"
import * as AccountsJobs from "./AccountsJobs.ts"
import * as AccountsLayer from "./AccountsLayer.ts"
import { AccountsSettings } from "./AccountsSettings.ts"
import { FactorsApi } from "./factor/FactorsApi.ts"
import * as FactorsHttp from "./factor/FactorsHttp.ts"
import { SecondFactorApi } from "./factor/SecondFactorApi.ts"
import * as SecondFactorHttp from "./factor/SecondFactorHttp.ts"
import { AccountApi } from "./own/AccountApi.ts"
import * as AccountHttp from "./own/AccountHttp.ts"
import { PasswordResetsApi } from "./password/PasswordResetsApi.ts"
import * as PasswordResetsHttp from "./password/PasswordResetsHttp.ts"
import { SessionApi } from "./session/SessionApi.ts"
import * as SessionHttp from "./session/SessionHttp.ts"
import { SetupApi } from "./setup/SetupApi.ts"
import * as SetupHttp from "./setup/SetupHttp.ts"

/** The people and programs that run games: how they get in, and what they may do. */
export const AccountsModule = defineModule({
  name: "accounts",
  settings: [AccountsSettings],
  tables: [
    "account",
    "account_password",
    "account_identity",
    "account_passkey",
    "account_totp",
    "account_recovery_code",
    "account_session",
    "account_device",
    "account_token",
    "sign_in_step",
    "sign_in_throttle",
    "browser_attempt",
    "invitation",
    "api_key"
  ],
  // In the order of their files, as `npm run generate` lists them.
  groups: [FactorsApi, SecondFactorApi, AccountApi, PasswordResetsApi, SessionApi, SetupApi],
  publicOperations: [
    "account.confirmEmail",
    "passwordResets.ask",
    "passwordResets.confirm",
    "secondFactor.options",
    "secondFactor.prove",
    "secondFactor.signIn",
    "session.signIn",
    "setup.complete"
  ],
  permissions: [
    { name: "accounts:read", description: "See accounts and invitations.", roles: ["admin", "owner"] },
    {
      name: "accounts:write",
      description: "Invite people, change roles, disable and delete accounts.",
      roles: ["admin", "owner"]
    },
    { name: "keys:write", description: "See, make and revoke the keys of others.", roles: ["admin", "owner"] }
  ],
  // The middleware is a service: the handlers of every module run behind it.
  services: AccessHttp.layer.pipe(Layer.provideMerge(AccountsLayer.services)),
  http: Layer.mergeAll(
    FactorsHttp.layer,
    SecondFactorHttp.layer,
    AccountHttp.layer,
    PasswordResetsHttp.layer,
    SessionHttp.layer,
    SetupHttp.layer
  ),
  jobs: AccountsJobs.layer,
  commands: [account]
})
