import { defineModule } from "../Module.ts"
import * as WebHttp from "./WebHttp.ts"

/** The pages that were built: the admin, and the widget that brands put on their pages. */
export const WebModule = defineModule({
  name: "web",
  optional: { needs: [] },
  pages: WebHttp.pages,
  http: WebHttp.layer
})
