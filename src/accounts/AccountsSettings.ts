import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"
import { domains } from "./registration/Domains.ts"

export class AccountsSettings extends group<AccountsSettings>()("fairground/accounts/AccountsSettings", {
  sessionLifetime: Setting.duration("SESSION_LIFETIME", {
    default: "24 hours",
    description: "A person signs in again after this long at the latest."
  }),
  sessionIdle: Setting.duration("SESSION_IDLE", {
    default: "1 hour",
    description: "A session ends that was not used for this long."
  }),
  secondFactor: Setting.oneOf("SECOND_FACTOR", ["optional", "staff-admins", "required"], {
    default: "optional",
    description:
      "Who needs a second factor: nobody (whoever has set one up is asked for it), owners and admins, or all people."
  }),
  accountRegistration: Setting.oneOf("ACCOUNT_REGISTRATION", ["invitation", "open"], {
    default: "invitation",
    description:
      "Who may make an account: people with an invitation, or everybody whose address is of `ACCOUNT_REGISTRATION_DOMAINS`."
  }),
  passwordBreachUrl: Setting.baseUrl("PASSWORD_BREACH_URL", {
    default: "",
    description:
      "Service of breached passwords that new ones are looked up at, by the first five digits of their SHA-1, such as `https://api.pwnedpasswords.com/range`. Left out: they are not looked up. When it does not answer, the password is taken."
  }),
  accountRegistrationDomains: domains("ACCOUNT_REGISTRATION_DOMAINS", {
    default: "",
    description:
      "With `ACCOUNT_REGISTRATION=open`: the domains of the addresses that may have an account, each named exactly. Whoever has a mailbox there gets in."
  }),
  accountRegistrationRole: Setting.oneOf("ACCOUNT_REGISTRATION_ROLE", ["viewer", "editor", "admin"], {
    default: "viewer",
    description: "With `ACCOUNT_REGISTRATION=open`: the role of those accounts."
  }),
  rateLimitSignIn: Setting.rate("RATE_LIMIT_SIGN_IN", {
    default: "20/1m",
    description: "Requests that sign in, or ask for a link, from one client address."
  })
}) {}
