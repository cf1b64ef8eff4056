import { Problem } from "../platform/contract/Problem.ts"

/** 422: the code does not prove anything. Why is not said. */
export class PlayerCodeRefused extends Problem<PlayerCodeRefused>()("PlayerCodeRefused", {
  name: "player-code-refused",
  status: 422,
  title: "The code does not work",
  explanation:
    "The code is not the newest that was mailed to the address, it was used, it is older than 10 minutes, or it was tried five times. An address that nobody plays with gets no code; all of these are answered alike. Ask for a new one, `POST /api/v1/player-codes`."
}) {}

/** 409: a signed token ends by itself. */
export class TokenNotEndable extends Problem<TokenNotEndable>()("TokenNotEndable", {
  name: "token-not-endable",
  status: 409,
  title: "The token ends by itself",
  explanation:
    "The brand's server signed the token, and nothing of it is stored here: it counts until its `exp`, or until its key is replaced (`PLAYER_TOKEN_KEY`). Whoever signs in there is signed out there."
}) {}
