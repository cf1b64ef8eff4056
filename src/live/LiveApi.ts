import { Schema, SchemaTransformation } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Slug } from "../games/Game.ts"
import { needs, NotPermitted } from "../platform/contract/Access.ts"
import { DatabaseUnavailable, Overloaded, TooManyRequests, ValidationFailed } from "../platform/contract/Problems.ts"
import {
  ContactsEvent,
  EndEvent,
  GamesEvent,
  permissionOf,
  PlaysEvent,
  RefreshEvent,
  TasksEvent,
  type Topic,
  topics
} from "./Topic.ts"

/** The topics in a text, each once and in their order; undefined: it names something else, or none. */
const topicsIn = (text: string, on: ReadonlyArray<Topic>): ReadonlyArray<Topic> | undefined => {
  const named = text.split(",").map((word) => word.trim())
  return named.every((word) => on.some((topic) => topic === word))
    ? on.filter((topic) => named.includes(topic))
    : undefined
}

const topicsOf = (on: ReadonlyArray<Topic>) =>
  Schema.String.check(Schema.isMaxLength(200))
    // Before the check that JSON Schema cannot express: annotations after it are missing from the document.
    .annotate({
      description: `What to follow, separated by commas: ${on.map((topic) => `\`${topic}\` (needs \`${permissionOf[topic]}\`)`).join(", ")}.`,
      examples: ["plays,contacts"]
    })
    .check(
      Schema.makeFilter(
        (text: string) => topicsIn(text, on) !== undefined || `Expected some of ${on.join(", ")}, separated by commas`
      )
    )
    .pipe(
      Schema.decodeTo(
        Schema.Array(Schema.Literals(topics)),
        SchemaTransformation.transform({
          decode: (text: string) => topicsIn(text, on) ?? [],
          encode: (list: ReadonlyArray<Topic>) => list.join(",")
        })
      )
    )

const event = <const Name extends string, Data extends Schema.Codec<unknown, unknown>>(name: Name, data: Data) =>
  Schema.Struct({
    event: Schema.Literal(name).annotate({ description: "The kind of the event." }),
    data: Schema.fromJsonString(data).pipe(
      Schema.annotateEncoded({
        identifier: `${name.charAt(0).toUpperCase()}${name.slice(1)}EventData`,
        description: "The event as JSON."
      })
    )
  })

const events = {
  plays: event("plays", PlaysEvent),
  tasks: event("tasks", TasksEvent),
  contacts: event("contacts", ContactsEvent),
  games: event("games", GamesEvent)
}
const refresh = event("refresh", RefreshEvent)
const end = event("end", EndEvent)

const AnyEvent = Schema.Union([events.plays, events.tasks, events.contacts, events.games, refresh, end])

/** An event of a stream of these topics. Cast: which they are, only the start decides. */
const eventOf = (on: ReadonlyArray<Topic>) =>
  (Schema.Union([...on.map((topic) => events[topic]), refresh, end]) as unknown as typeof AnyEvent).annotate({
    identifier: "LiveEvent",
    description: "What has happened, by `event`."
  })

/** The endpoint for these topics. */
export const liveApi = (on: ReadonlyArray<Topic>) =>
  HttpApiGroup.make("live")
    .add(
      HttpApiEndpoint.get("events", "/events", {
        query: {
          topics: topicsOf(on),
          game: Schema.optionalKey(
            Slug.annotate({
              description: "Only events of this game, and of what belongs to no game. Left out: of all games.",
              examples: ["wheel" as never]
            })
          )
        },
        success: HttpApiSchema.StreamSse({ events: eventOf(on) }),
        error: [ValidationFailed, NotPermitted, TooManyRequests, Overloaded, DatabaseUnavailable]
      })
        .annotate(OpenApi.Summary, "Follow what happens")
        .annotate(
          OpenApi.Description,
          "Server-sent events of what people and programs do, from every process of the service, within half a second. One stream follows any number of topics.\n\nEvents are hints. They are gathered for a moment, each names up to 20 of the things that happened, and one may be lost. At `refresh` read again what you show: the stream says so when it begins, when it may have missed something, and when you did not read fast enough. No event names a player's address.\n\nThe rights of the caller are looked at again every few seconds. When the session or the key ends, or a topic may not be seen any more, the stream ends with `end`, as it does after `EVENT_STREAM_MAX` and when the service stops. A comment every 15 seconds keeps the connection alive."
        )
        .pipe(needs("signed-in", { isProven: true }))
    )
    .prefix("/api/v1")
    .annotate(OpenApi.Description, "Live events: what happens in the service, as it happens.")

/** With the topics of all modules. */
export class LiveApi extends liveApi(topics) {}
