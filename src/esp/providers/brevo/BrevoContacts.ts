import { Effect, Option } from "effect"
import { afterVerdict } from "../../CallEnd.ts"
import { settingMayHaveActed, unexpected } from "../EspAnswer.ts"
import { EspMisconfigured, EspRejected, type EspError } from "../../EspClient.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"
import { type Contact, decodeContact, isCreated, isDuplicate, isInvalid, problem } from "./BrevoAnswer.ts"

/** The body of `POST /contacts`. Fields left out stay unchanged. `emailBlacklisted: false` would lift a block: never sent. */
export interface Body {
  readonly email: string
  readonly attributes: { readonly [name: string]: string | number | boolean }
  readonly listIds?: ReadonlyArray<number>
  readonly emailBlacklisted?: true
  readonly updateEnabled: boolean
}

/** The result of a lookup. `invalid`: Brevo refuses the address; `unreadable`: a contact whose data cannot be read. */
export type LookUp = "absent" | "invalid" | "unreadable" | typeof Contact.Type

/** A well-formed address that Brevo has no reason to refuse, whether it is a contact or not. */
const controlAddress = "nobody@brevo.com"

/** The calls that write and look up a contact. */
export const make = (client: EspHttpClient) => {
  const post = (body: Body) =>
    client.send({ method: "POST", path: "/contacts", operation: "POST /contacts", json: body })

  /** A lookup changes nothing, so its failure never has `mayHaveActed`. */
  const lookUp = (email: string): Effect.Effect<LookUp, EspError> =>
    client
      .send({
        method: "GET",
        path: `/contacts/${encodeURIComponent(email)}?identifierType=email_id`,
        operation: "GET /contacts/{identifier}"
      })
      .pipe(
        afterVerdict,
        Effect.flatMap((answer): Effect.Effect<LookUp, EspError> => {
          if (answer.status === 200) {
            return Effect.succeed(Option.getOrElse(decodeContact(answer.json), () => "unreadable" as const))
          }
          if (answer.status === 404) return Effect.succeed("absent")
          return isInvalid(answer) ? Effect.succeed("invalid") : problem(answer, client)
        }),
        // A contact of many years can have statistics beyond the size limit.
        Effect.catchIf(
          (error) => error._tag === "EspUnavailable" && error.reason === "too-large",
          () => Effect.succeed("unreadable" as const)
        ),
        Effect.mapError(settingMayHaveActed(false))
      )

  /**
   * Creates the contact or finds that it exists, in one call. 201: created; 204: updated ("Create a contact").
   *
   * Brevo has one code for a wrong address, list or attribute. A rejection is final, so the cause must be certain first: a
   * lookup has nothing but the address that can be wrong. If a lookup of the control address is refused too, the cause is
   * something else, such as a proxy or a changed API. If the address is right, the write is retried without attributes: a
   * stranger's data may have made them invalid, and the contact is worth more than they are.
   */
  const write = Effect.fnUntraced(function* (body: Body): Effect.fn.Return<"created" | "existed", EspError> {
    const answer = yield* post(body)
    if (isCreated(answer)) return "created"
    if (answer.status === 204 || isDuplicate(answer)) return "existed"
    if (!isInvalid(answer)) return yield* problem(answer, client)
    if ((yield* lookUp(body.email)) === "invalid") {
      if ((yield* lookUp(controlAddress)) === "invalid") return yield* unexpected(answer, client)
      return yield* new EspRejected({ reason: "invalid-address" })
    }
    const names = Object.keys(body.attributes)
    if (names.length > 0) {
      const bare = yield* post({ ...body, attributes: {} })
      if (isCreated(bare) || bare.status === 204 || isDuplicate(bare)) {
        yield* Effect.logWarning("Brevo refuses an attribute: the contact is registered without any", {
          attributes: names,
          body: client.redact(answer.text)
        })
        return bare.status === 201 ? "created" : "existed"
      }
      if (!isInvalid(bare)) return yield* problem(bare, client)
    }
    yield* Effect.logWarning("Brevo refuses a contact whose address is right", { body: client.redact(answer.text) })
    // The cause is the list, or an address that Brevo looks up but does not register. The two cannot be told apart, and a
    // stranger can cause the latter, so the failure is the contact's.
    return yield* new EspMisconfigured({
      reason:
        body.listIds === undefined
          ? "Brevo refuses an address that it looks up"
          : `Brevo refuses the list ${body.listIds.join(", ")}`,
      ofContact: true
    })
  })

  return { lookUp, write }
}
