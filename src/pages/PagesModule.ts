import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { FunnelApi } from "./FunnelApi.ts"
import { KnownPages } from "./KnownPages.ts"
import { PageCache } from "./PageCache.ts"
import { part } from "./PagePart.ts"
import { Pages } from "./Pages.ts"
import { PagesApi } from "./PagesApi.ts"
import * as PagesHttp from "./PagesHttp.ts"
import * as PagesJobs from "./PagesJobs.ts"
import * as PagesPerson from "./PagesPerson.ts"
import { PagesSettings } from "./PagesSettings.ts"
import * as PlayRoutes from "./PlayRoutes.ts"
import { Views } from "./Views.ts"

/** The pages that games are played on, what plays draw there, and how often pages are seen. */
export const PagesModule = defineModule({
  name: "pages",
  optional: { needs: [] },
  settings: [PagesSettings],
  tables: ["game_page", "game_page_revision", "game_page_consent", "play_prize", "game_view", "game_view_origin"],
  groups: [FunnelApi, PagesApi],
  about: "It serves the pages that games are played on.",
  publicOperations: ["pages.show", "pages.view"],
  pages: [
    { method: "GET", path: PlayRoutes.path },
    { method: "POST", path: PlayRoutes.path }
  ],
  playPart: part,
  services: Layer.mergeAll(PageCache.layer, KnownPages.layer, Views.layer).pipe(Layer.provideMerge(Pages.layer)),
  http: Layer.merge(PagesHttp.layer, PlayRoutes.layer),
  jobs: PagesJobs.layer,
  person: PagesPerson.make
})
