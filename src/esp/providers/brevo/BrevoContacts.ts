import { Effect, Option } from "effect"
import { afterVerdict } from "../../CallEnd.ts"
import { leaving, unexpected } from "../EspAnswer.ts"
import { EspMisconfigured, EspRejected, type EspError } from "../../EspClient.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"
import { type Contact, decodeContact, isCreated, isDuplicate, isInvalid, problem } from "./BrevoAnswer.ts"

/** The body of `POST /contacts`. Brevo keeps what is left out; `emailBlacklisted: false` would lift a block, so it is never sent. */
export interface Body {
  readonly email: string
  readonly attributes: { readonly [name: string]: string | number | boolean }
  readonly listIds?: ReadonlyArray<number>
  readonly emailBlacklisted?: true
  readonly updateEnabled: boolean
}

/** What Brevo has of an address. `invalid`: it takes no such address; `unreadable`: it has it, and says nothing that can be read. */
export type Looked = "absent" | "invalid" | "unreadable" | typeof Contact.Type

/** An address that Brevo takes, whoever has it: there is nothing about it to refuse. */
const control = "nobody@brevo.com"

/** The calls by which a registration writes and looks up its contact. */
export const make = (client: EspHttpClient) => {
  const post = (body: Body) =>
    client.send({ method: "POST", path: "/contacts", operation: "POST /contacts", json: body })

  /** A look does nothing, so its failure leaves nothing open. */
  const look = (email: string): Effect.Effect<Looked, EspError> =>
    client
      .send({
        method: "GET",
        path: `/contacts/${encodeURIComponent(email)}?identifierType=email_id`,
        operation: "GET /contacts/{identifier}"
      })
      .pipe(
        afterVerdict,
        Effect.flatMap((answer): Effect.Effect<Looked, EspError> => {
          if (answer.status === 200) {
            return Effect.succeed(Option.getOrElse(decodeContact(answer.json), () => "unreadable" as const))
          }
          if (answer.status === 404) return Effect.succeed("absent")
          return isInvalid(answer) ? Effect.succeed("invalid") : problem(answer, client)
        }),
        // The statistics of a contact of many years.
        Effect.catchIf(
          (error) => error._tag === "EspUnavailable" && error.reason === "too-large",
          () => Effect.succeed("unreadable" as const)
        ),
        Effect.mapError(leaving(false))
      )

  /**
   * Creates the contact or finds that it is there, in one call. 201: created; 204: updated ("Create a contact").
   *
   * Brevo has one code for a wrong address, list and attribute. Whose fault it is must be known for sure before a contact is
   * rejected for good, and tells a look, which has nothing but the address to be wrong; a look at another address that is
   * refused as well has found something else, such as a proxy or another version of the API. Where the address is right,
   * the contact is worth more than its attributes, which a stranger's data may have spoilt: once more without them.
   */
  const write = Effect.fnUntraced(function* (body: Body): Effect.fn.Return<"created" | "existed", EspError> {
    const answer = yield* post(body)
    if (isCreated(answer)) return "created"
    if (answer.status === 204 || isDuplicate(answer)) return "existed"
    if (!isInvalid(answer)) return yield* problem(answer, client)
    if ((yield* look(body.email)) === "invalid") {
      if ((yield* look(control)) === "invalid") return yield* unexpected(answer, client)
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
    // The list, or an address that Brevo looks up and does not take: which of them nobody can tell, and the latter may be
    // a stranger's doing.
    return yield* new EspMisconfigured({
      reason:
        body.listIds === undefined
          ? "Brevo refuses an address that it looks up"
          : `Brevo refuses the list ${body.listIds.join(", ")}`,
      ofContact: true
    })
  })

  return { look, write }
}
