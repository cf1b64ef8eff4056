import { Cause, Context, DateTime, Effect, Layer, type Schema, type Scope, Stream } from "effect"
import { Audit } from "../audit/Audit.ts"
import { ContactsList } from "../contacts/ContactsList.ts"
import type { GameNotFound } from "../games/GameErrors.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { forLog } from "../platform/observe/Redaction.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { PlayersList } from "../plays/lists/PlayersList.ts"
import { PlaysList } from "../plays/lists/PlaysList.ts"
import * as Csv from "./Csv.ts"
import { type Asked, contentTypes, type ExportFormat, fileNameOf } from "./Export.ts"
import { TooManyExports } from "./ExportErrors.ts"
import * as ExportLines from "./ExportLines.ts"
import { ExportsSettings } from "./ExportsSettings.ts"

/** A file that is made while it is read. */
export interface Export {
  readonly fileName: string
  readonly contentType: string
  /**
   * One chunk for each page of the database. The next page is read when the chunk was taken, so a slow reader fills no memory. If it
   * fails, the file is not complete.
   */
  readonly bytes: Stream.Stream<Uint8Array, DatabaseUnavailable>
}

const encoder = new TextEncoder()

const written = <Row, E>(
  rows: Stream.Stream<Row, E>,
  format: ExportFormat,
  { cells, columns, json }: ExportLines.Lines<Row>
): Stream.Stream<Uint8Array, E> => {
  const lineOf = format === "csv" ? (row: Row) => Csv.line(cells(row)) : (row: Row) => `${json(row)}\n`
  const body = Stream.mapArray(rows, (page) => [encoder.encode(page.map(lineOf).join(""))] as const)
  const head = encoder.encode(Csv.byteOrderMark + Csv.line(columns))
  return format === "csv" ? Stream.concat(Stream.make(head), body) : body
}

/** What is told of an export: who took what. */
const detailsOf = ({ from, to, what: _, ...asked }: Asked): Schema.JsonObject => ({
  ...asked,
  ...(from === undefined ? {} : { from: DateTime.formatIso(from) }),
  ...(to === undefined ? {} : { to: DateTime.formatIso(to) })
})

/** Whole tables as files. */
export class Exports extends Context.Service<
  Exports,
  {
    /** What an export would be, for a request that takes nothing of it. Nobody has taken anything then. */
    readonly describe: (asked: Asked) => Effect.Effect<Export, GameNotFound | DatabaseUnavailable>
    /** Begins an export, and stores in the audit log who took what. It occupies its place until the scope closes. */
    readonly start: (
      asked: Asked
    ) => Effect.Effect<Export, GameNotFound | TooManyExports | DatabaseUnavailable, Scope.Scope>
  }
>()("fairground/exports/Exports") {
  static readonly layer = Layer.effect(
    Exports,
    Effect.gen(function* () {
      const audit = yield* Audit
      const contacts = yield* ContactsList
      const players = yield* PlayersList
      const plays = yield* PlaysList
      const { exportsAtOnce } = yield* ExportsSettings
      const retry = retryTransient((yield* Settings).databaseDeadline)
      let running = 0

      const enter = Effect.acquireRelease(
        Effect.suspend(() => {
          if (running >= exportsAtOnce) return Effect.fail(new TooManyExports({}))
          running++
          return Effect.void
        }),
        () => Effect.sync(() => running--)
      )

      const bytesOf = Effect.fnUntraced(function* (asked: Asked) {
        const { format } = asked
        switch (asked.what) {
          case "plays":
            return written(yield* plays.exported(asked), format, ExportLines.plays)
          case "players":
            return written(yield* players.exported(asked), format, ExportLines.players)
          case "contacts":
            return written(yield* contacts.exported(asked), format, ExportLines.contacts)
        }
      })

      const describe = Effect.fn("Exports.describe")(function* (asked: Asked) {
        const bytes = yield* bytesOf(asked)
        const fileName = fileNameOf(asked, yield* DateTime.now)
        return {
          fileName,
          contentType: contentTypes[asked.format],
          bytes: Stream.tapCause(bytes, (cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.void
              : Effect.logError("An export broke off", forLog(cause)).pipe(Effect.annotateLogs({ fileName }))
          )
        }
      })

      const start = Effect.fn("Exports.start")(function* (asked: Asked) {
        yield* enter
        const described = yield* describe(asked)
        yield* retry(audit.record({ action: `${asked.what}.export`, details: detailsOf(asked) }))
        return described
      })

      return Exports.of({ describe, start })
    })
  )
}
