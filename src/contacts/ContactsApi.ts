import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { EspNotFound } from "../esp/EspErrors.ts"
import { Slug } from "../games/Game.ts"
import { GameNotFound } from "../games/GameErrors.ts"
import { needs } from "../platform/contract/Access.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { bodyProblems, DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { PlayerId } from "../players/Player.ts"
import { PlayerNotFound } from "../players/PlayerErrors.ts"
import {
  ContactCursor,
  ContactFacts,
  EspName,
  RetriedContacts,
  RetryContacts,
  StuckQuery,
  VerdictQuery
} from "./Contact.ts"
import { ContactNotEnded, ContactNotFound } from "./ContactErrors.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const
const one = { playerId: PlayerId, esp: EspName }

const ContactPage = Paging.pageOf(ContactFacts, ContactCursor, {
  identifier: "ContactPage",
  description: "A page of the contacts."
})

export class ContactsApi extends HttpApiGroup.make("contacts")
  .add(
    HttpApiEndpoint.get("list", "/contacts", {
      query: {
        ...Paging.query(ContactCursor),
        verdict: Schema.optionalKey(VerdictQuery),
        stuck: Schema.optionalKey(StuckQuery),
        esp: Schema.optionalKey(EspName),
        game: Schema.optionalKey(Slug)
      },
      success: ContactPage,
      error: [GameNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "List contacts")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        `The contacts by verdict, by ESP connection, and by the game whose plays have asked for them, in the order of the players' ids. ${Paging.mayBeShort}`
      )
      .pipe(needs("contacts:read")),
    HttpApiEndpoint.get("get", "/contacts/:playerId/:esp", {
      params: one,
      success: ContactFacts,
      error: [ContactNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Show a contact")
      .annotate(OpenApi.Description, "A player's record at an ESP connection.")
      .pipe(needs("contacts:read")),
    HttpApiEndpoint.get("ofPlayer", "/players/:id/contacts", {
      params: { id: PlayerId },
      query: Paging.query(ContactCursor),
      success: ContactPage,
      error: [PlayerNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "List a player's contacts")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        "The player's contacts: one for each ESP connection that a game of theirs has had, by the connections' names."
      )
      .pipe(needs("contacts:read")),
    HttpApiEndpoint.post("retry", "/contacts/:playerId/:esp/retry", {
      params: one,
      success: ContactFacts,
      error: [ContactNotFound, ContactNotEnded, EspNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Attempt a contact again")
      .annotate(
        OpenApi.Description,
        "Makes a contact due now that was given up without a verdict, or that the ESP has rejected. A rejected one is `unknown` until the ESP has answered anew: nothing else takes a verdict back."
      )
      .pipe(needs("contacts:write")),
    HttpApiEndpoint.post("retryAll", "/contacts/retry", {
      payload: RetryContacts,
      success: RetriedContacts,
      error: [GameNotFound, EspNotFound, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Attempt contacts again")
      .annotate(
        OpenApi.Description,
        "Makes contacts due now that were given up without a verdict, or with `rejected` those that the ESP has rejected, for example while something else answered in its place. One request looks through a bounded number of contacts: send it again with `nextCursor` as `cursor` until that is null."
      )
      .pipe(needs("contacts:write"))
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Description, "Players at the ESPs: the verdicts, and what is still owed.") {}
