import * as Setting from "../../platform/settings/Setting.ts"
import { group } from "../../platform/settings/SettingsGroup.ts"

export class SsoSettings extends group<SsoSettings>()("fairground/accounts/sso/SsoSettings", {
  ssoConnections: Setting.text("SSO_CONNECTIONS", {
    default: "",
    description:
      "The identity providers that people sign in with (OpenID Connect): a JSON object of connections by name, or the path of a file with one. Left out: none."
  })
}) {}
