import { Layer } from "effect"
import { defineModule } from "../Module.ts"
import { Holders } from "./Holders.ts"
import * as HoldersHttp from "./HoldersHttp.ts"
import * as HoldersJobs from "./HoldersJobs.ts"
import * as HoldersPerson from "./HoldersPerson.ts"
import { HoldersSettings } from "./HoldersSettings.ts"
import { PlayerCodes } from "./PlayerCodes.ts"
import { PlayerCodesApi } from "./PlayerCodesApi.ts"
import { PlayerTokensApi } from "./PlayerTokensApi.ts"
import { SignedTokens } from "./SignedTokens.ts"

/**
 * How players prove who they are: codes that are mailed to them, and tokens. It is not a part of players because it sends mails, and
 * mails know players' addresses; accounts stand above it, because what asks for a caller takes both kinds.
 */
export const HoldersModule = defineModule({
  name: "holders",
  settings: [HoldersSettings],
  tables: ["player_code", "player_token"],
  groups: [PlayerCodesApi, PlayerTokensApi],
  publicOperations: ["playerCodes.ask", "playerTokens.create"],
  services: Layer.mergeAll(Holders.layer, PlayerCodes.layer, HoldersHttp.asking).pipe(
    Layer.provide(SignedTokens.layer)
  ),
  http: HoldersHttp.layer,
  jobs: HoldersJobs.layer,
  person: HoldersPerson.make
})
