import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { EspName, StuckQuery, VerdictQuery } from "../contacts/Contact.ts"
import { Slug } from "../games/Game.ts"
import { GameNotFound } from "../games/GameErrors.ts"
import { needs } from "../platform/contract/Access.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { ExportFormat } from "./Export.ts"
import { TooManyExports } from "./ExportErrors.ts"

const error = [GameNotFound, TooManyRequests, TooManyExports, DatabaseUnavailable] as const

const query = (from: string, to: string, game: string) => ({
  format: Schema.optionalKey(ExportFormat),
  game: Schema.optionalKey(Slug.annotate({ description: game })),
  from: Schema.optionalKey(Moment.fromClient(from, "2026-11-01T00:00:00.000Z")),
  to: Schema.optionalKey(Moment.fromClient(to, "2026-12-01T00:00:00.000Z"))
})

const success = HttpApiSchema.WithHeaders(
  HttpApiSchema.StreamUint8Array({ contentType: ["text/csv", "application/jsonl"] }),
  {
    "content-disposition": Schema.String.annotate({
      description: "The name of the file.",
      examples: ['attachment; filename="plays-wheel-2026-11-20T100000Z.csv"']
    })
  }
)

/** Describes the file in both formats, which the framework describes as bytes. */
const describedBy = (csv: string, jsonl: string) => (operation: Record<string, unknown>) => {
  const { responses } = operation as {
    responses: Record<number, { description: string; content: Record<string, unknown> }>
  }
  const answer = responses[200]
  if (answer === undefined) return operation
  answer.description = "The file, as it is made. If the connection breaks off, it is not complete."
  const of = (value: string, summary: string) => ({
    schema: { type: "string", description: `${summary}, in UTF-8.` },
    examples: { file: { summary, value } }
  })
  answer.content = {
    "text/csv": of(csv, "Comma-separated values by RFC 4180, with a header line and a byte order mark"),
    "application/jsonl": of(jsonl, "A JSON object per line")
  }
  return operation
}

const ids = {
  play: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52",
  player: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b51"
}

const rules =
  "It is read page by page while it is sent, at the reader's pace: a file of millions of lines is not made from one snapshot, and lines that change meanwhile are as they were when they were read. The audit log keeps who took what."

export class ExportsApi extends HttpApiGroup.make("exports")
  .add(
    HttpApiEndpoint.get("plays", "/plays", {
      query: query("Only plays from then on.", "Only plays before then.", "Only plays of this game."),
      success,
      error
    })
      .annotate(OpenApi.Summary, "Export plays")
      .annotate(
        OpenApi.Transform,
        describedBy(
          `id,game,playerId,email,name,number,playedAt,score,consentTextVersion,consentLanguage,esp,contact,data\r\n${ids.play},wheel,${ids.player},nora@shop.example,Nora,1,2026-11-20T10:00:00.000Z,120,2026-10,en,sandbox,created,"{""prize"": ""coffee""}"\r\n`,
          `{"id":"${ids.play}","game":"wheel","playerId":"${ids.player}","email":"nora@shop.example","number":1,"playedAt":"2026-11-20T10:00:00.000Z","name":"Nora","score":120,"consent":{"textVersion":"2026-10","language":"en"},"esp":"sandbox","contact":"created","data":{"prize": "coffee"}}\n`
        )
      )
      .annotate(
        OpenApi.Description,
        `All plays with all that is stored of them, oldest first, up to the moment of the request. ${rules}`
      )
      .pipe(needs("players:read")),
    HttpApiEndpoint.get("players", "/players", {
      query: query(
        "Only players who came from then on.",
        "Only players who came before then.",
        "Only players of this game, with what they have played in it."
      ),
      success,
      error
    })
      .annotate(OpenApi.Summary, "Export players")
      .annotate(
        OpenApi.Transform,
        describedBy(
          `id,email,name,createdAt,games,plays,lastSeenAt\r\n${ids.player},nora@shop.example,Nora,2026-11-20T10:00:00.000Z,1,3,2026-11-21T18:30:00.000Z\r\n`,
          `{"id":"${ids.player}","email":"nora@shop.example","createdAt":"2026-11-20T10:00:00.000Z","name":"Nora","games":1,"plays":3,"lastSeenAt":"2026-11-21T18:30:00.000Z"}\n`
        )
      )
      .annotate(
        OpenApi.Description,
        `All players with a summary of what they have played, in the order in which they came, up to the moment of the request. ${rules}`
      )
      .pipe(needs("players:read")),
    HttpApiEndpoint.get("contacts", "/contacts", {
      query: {
        ...query(
          "Only contacts of plays from then on.",
          "Only contacts of plays before then.",
          "Only contacts that plays of this game have asked for."
        ),
        verdict: Schema.optionalKey(VerdictQuery),
        stuck: Schema.optionalKey(StuckQuery),
        esp: Schema.optionalKey(EspName)
      },
      success,
      error
    })
      .annotate(OpenApi.Summary, "Export contacts")
      .annotate(
        OpenApi.Transform,
        describedBy(
          `playerId,email,esp,verdict,mailability,reason,attempts,game,playId,createdAt,settledAt,dueAt\r\n${ids.player},nora@shop.example,sandbox,created,unknown,,1,wheel,${ids.play},2026-11-20T10:00:00.000Z,2026-11-20T10:00:00.412Z,\r\n`,
          `{"playerId":"${ids.player}","email":"nora@shop.example","esp":"sandbox","verdict":"created","mailability":"unknown","reason":null,"attempts":1,"game":"wheel","playId":"${ids.play}","createdAt":"2026-11-20T10:00:00.000Z","settledAt":"2026-11-20T10:00:00.412Z","dueAt":null}\n`
        )
      )
      .annotate(
        OpenApi.Description,
        `All contacts with the verdicts of the ESPs, in the order of the players' ids. ${rules}`
      )
      .pipe(needs("contacts:read"))
  )
  .prefix("/api/v1/exports")
  .annotate(OpenApi.Description, "Plays, players and contacts as files.") {}
