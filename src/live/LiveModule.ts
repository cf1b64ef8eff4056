import { defineModule } from "../Module.ts"
import { LiveEvents } from "./LiveEvents.ts"
import { type LiveApi, liveApi } from "./LiveApi.ts"
import * as LiveHttp from "./LiveHttp.ts"
import { LiveSettings } from "./LiveSettings.ts"
import { permissionOf, topics } from "./Topic.ts"

/** Live events: what people and programs do, as it happens. Each topic needs the permission of the module that owns it. */
export const LiveModule = defineModule({
  name: "live",
  settings: [LiveSettings],
  // Only the topics of modules that are on. Cast: the handlers know all of them, and refuse the others.
  groups: (_, permissions) => [
    liveApi(topics.filter((topic) => permissions.has(permissionOf[topic]))) as unknown as typeof LiveApi
  ],
  services: LiveEvents.layer,
  http: LiveHttp.layer
})
