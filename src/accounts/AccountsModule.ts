import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import * as AccessHttp from "./access/AccessHttp.ts"
import { AccountsSettings } from "./AccountsSettings.ts"
import { Sessions } from "./session/Sessions.ts"

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
  services: AccessHttp.layer.pipe(Layer.provideMerge(Sessions.layer))
})
