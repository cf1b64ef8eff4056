import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

export class PagesSettings extends group<PagesSettings>()("fairground/pages/PagesSettings", {
  pictureOrigins: Setting.origins("PICTURE_ORIGINS", {
    default: "",
    description:
      "Origins that logos and pictures of games' pages may come from, beside this service's own. Left out: none."
  }),
  rateLimitViews: Setting.rate("RATE_LIMIT_VIEWS", {
    default: "60/1m",
    description: "Views, consents and starts of games that one client address may report."
  })
}) {}
