import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import * as AccessHttp from "./access/AccessHttp.ts"
import { AccountsApi } from "./AccountsApi.ts"
import { account } from "./AccountsCli.ts"
import * as AccountsHttp from "./AccountsHttp.ts"
import * as AccountsJobs from "./AccountsJobs.ts"
import * as AccountsLayer from "./AccountsLayer.ts"
import { AccountsSettings } from "./AccountsSettings.ts"
import { FactorsApi } from "./factor/FactorsApi.ts"
import * as FactorsHttp from "./factor/FactorsHttp.ts"
import { SecondFactorApi } from "./factor/SecondFactorApi.ts"
import * as SecondFactorHttp from "./factor/SecondFactorHttp.ts"
import { InvitationsApi } from "./invitation/InvitationsApi.ts"
import * as InvitationsHttp from "./invitation/InvitationsHttp.ts"
import * as InvitationsJobs from "./invitation/InvitationsJobs.ts"
import { ApiKeysApi } from "./key/ApiKeysApi.ts"
import * as ApiKeysHttp from "./key/ApiKeysHttp.ts"
import * as ManagementLayer from "./ManagementLayer.ts"
import { AccountApi } from "./own/AccountApi.ts"
import * as AccountHttp from "./own/AccountHttp.ts"
import * as PagesHttp from "./pages/PagesHttp.ts"
import { PasswordResetsApi } from "./password/PasswordResetsApi.ts"
import * as PasswordResetsHttp from "./password/PasswordResetsHttp.ts"
import { RegistrationsApi } from "./registration/RegistrationsApi.ts"
import * as RegistrationsHttp from "./registration/RegistrationsHttp.ts"
import { SessionApi } from "./session/SessionApi.ts"
import * as SessionHttp from "./session/SessionHttp.ts"
import { SetupApi } from "./setup/SetupApi.ts"
import * as SetupHttp from "./setup/SetupHttp.ts"
import { SsoApi } from "./sso/SsoApi.ts"
import * as SsoHttp from "./sso/SsoHttp.ts"
import * as SsoLayer from "./sso/SsoLayer.ts"
import { SsoSettings } from "./sso/SsoSettings.ts"

/** The people and programs that run games: how they get in, and what they may do. */
export const AccountsModule = defineModule({
  name: "accounts",
  settings: [AccountsSettings, SsoSettings],
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
  groups: [
    AccountsApi,
    FactorsApi,
    SecondFactorApi,
    InvitationsApi,
    ApiKeysApi,
    AccountApi,
    PasswordResetsApi,
    RegistrationsApi,
    SessionApi,
    SetupApi,
    SsoApi
  ],
  publicOperations: [
    "account.confirmEmail",
    "invitations.lookup",
    "invitations.accept",
    "passwordResets.ask",
    "passwordResets.confirm",
    "secondFactor.options",
    "secondFactor.prove",
    "secondFactor.signIn",
    "registrations.ask",
    "session.signIn",
    "setup.complete",
    "sso.arrive",
    "sso.begin",
    "sso.list"
  ],
  pages: PagesHttp.pages,
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
  services: SsoLayer.services.pipe(
    Layer.provideMerge(Layer.mergeAll(AccessHttp.layer, ManagementLayer.services)),
    Layer.provideMerge(AccountsLayer.services)
  ),
  http: Layer.mergeAll(
    AccountsHttp.layer,
    PagesHttp.layer,
    FactorsHttp.layer,
    SecondFactorHttp.layer,
    InvitationsHttp.layer,
    ApiKeysHttp.layer,
    AccountHttp.layer,
    PasswordResetsHttp.layer,
    RegistrationsHttp.layer,
    SessionHttp.layer,
    SetupHttp.layer,
    SsoHttp.layer
  ),
  jobs: Layer.merge(AccountsJobs.layer, InvitationsJobs.layer),
  commands: [account]
})
