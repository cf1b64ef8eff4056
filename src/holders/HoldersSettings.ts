import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"
import { signingKey } from "./SigningKey.ts"

export class HoldersSettings extends group<HoldersSettings>()("fairground/holders/HoldersSettings", {
  playerTokenKey: signingKey("PLAYER_TOKEN_KEY", {
    default: "",
    description:
      "With what the brand's own server signs tokens for players who are signed in there (JWT): a secret (HS256), or the address of its public keys (JWKS). See docs/players.md. Left out: such tokens are not taken."
  }),
  rateLimitPlayerCodes: Setting.rate("RATE_LIMIT_PLAYER_CODES", {
    default: "10/1m",
    description: "Requests that ask for a player's code or swap one for a token, from one client address."
  })
}) {}
