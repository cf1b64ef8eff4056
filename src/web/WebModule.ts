import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Home } from "../platform/pages/Home.ts"
import * as WebHttp from "./WebHttp.ts"

/** The pages that were built: the admin, and the widget that brands put on their pages. */
export const WebModule = defineModule({
  name: "web",
  optional: { needs: [] },
  services: Layer.succeed(Home, "/admin"),
  pages: WebHttp.pages,
  http: WebHttp.layer
})
