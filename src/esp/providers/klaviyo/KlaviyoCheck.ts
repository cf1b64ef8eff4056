import { Effect, Option } from "effect"
import type { EspError, Finding } from "../../EspClient.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"
import { decodeList, problem } from "./KlaviyoAnswer.ts"
import type { Connection } from "./KlaviyoConnection.ts"

const ok = (what: string): Finding => ({ level: "ok", what })
const wrong = (what: string): Finding => ({ level: "error", what })

const optIn: { readonly [process: string]: string } = {
  single_opt_in: "subscribes at once",
  double_opt_in: "asks people to confirm"
}

/** What cannot be checked: Klaviyo accepts any custom property, and does not show what a key may write. */
const unchecked = [
  ok("attributes need no check: Klaviyo makes custom properties as they come"),
  ok("whether the key has the scopes profiles:write, subscriptions:write and lists:write, only a contact will show")
]

/** Checks the key and the list at Klaviyo, and changes nothing there. */
export const make = ({ list }: Connection, client: EspHttpClient): Effect.Effect<ReadonlyArray<Finding>, EspError> =>
  Effect.gen(function* () {
    const answer = yield* client.send({
      method: "GET",
      path: `/api/lists/${encodeURIComponent(list)}?fields%5Blist%5D=name,opt_in_process`,
      operation: "GET /api/lists/{id}"
    })
    switch (answer.status) {
      case 200: {
        const known = Option.getOrUndefined(decodeList(answer.json))?.data.attributes
        const name = known === undefined ? "" : ` "${known.name}"`
        const process = optIn[known?.opt_in_process ?? ""]
        return [
          ok("the key is right"),
          ok(`the list ${list}${name} is there${process === undefined ? "" : ` and ${process}`}`),
          ...unchecked
        ]
      }
      case 401:
        return [wrong("Klaviyo refuses the key (401): it must be a private key, which begins with pk_")]
      case 403:
        return [wrong("the key lacks the scope lists:read (403)")]
      case 404:
        return [ok("the key is right"), wrong(`there is no list ${list} in the Klaviyo account`), ...unchecked]
      default:
        return yield* problem(answer, client)
    }
  })
