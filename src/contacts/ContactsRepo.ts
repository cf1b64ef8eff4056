import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, column, OID } from "../platform/postgres/Arrays.ts"
import { BackgroundSql } from "../platform/postgres/Sql.ts"
import { EmailKey } from "../players/Email.ts"
import { type Mailability, Verdict } from "../esp/Verdict.ts"
import type { ContactPlay } from "../esp/EspContact.ts"
import { rows } from "../platform/postgres/Rows.ts"
import { clausesOf, ContactParts, waitOf } from "./ContactPart.ts"

/** How an attempt ended. */
export interface Ending {
  readonly playerId: string
  readonly esp: string
  readonly at: Date
  readonly verdict: Verdict
  /** From the ESP's answer; null: there was no answer. */
  readonly mailability: Mailability | null
  readonly reason: string | null
  /** When the next attempt may start; null: never. */
  readonly dueAt: Date | null
  /** The ESP may have carried out the attempt although it failed. */
  readonly mayHaveActed: boolean
  /** The attempt's number, which identifies endings of overtaken attempts. */
  readonly attempts: number
  /** Whether a call was made. An attempt without a call does not count. */
  readonly hasCalled: boolean
}

/** A due contact that this process has claimed, with the play that created it. */
export interface Claimed extends ContactPlay {
  readonly playerId: string
  /** Attempts started, this one included. */
  readonly attempts: number
  /** Since when the attempt has been due. */
  readonly dueSince: Date
  /** The start of ESP_SETTLE_FOR. */
  readonly since: Date
  /** An earlier attempt may have been carried out. */
  readonly unresolved: boolean
}

const ClaimedRow = Schema.Struct({
  playerId: Schema.String,
  esp: Schema.String,
  email: Schema.String,
  emailKey: EmailKey,
  name: Schema.NullOr(Schema.String),
  game: Schema.String,
  list: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  plays: Schema.Int,
  score: Schema.NullOr(Schema.Finite),
  playedAt: Schema.Date,
  consentTextVersion: Schema.NullOr(Schema.String),
  consentLanguage: Schema.NullOr(Schema.String),
  data: Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)),
  attempts: Schema.Int,
  dueSince: Schema.Date,
  since: Schema.Date,
  unresolved: Schema.Boolean
})

const claimedOf = ({ consentLanguage, consentTextVersion, ...row }: typeof ClaimedRow.Type): Claimed => ({
  ...row,
  consent:
    consentTextVersion === null || consentLanguage === null
      ? null
      : { textVersion: consentTextVersion, language: consentLanguage, at: row.playedAt }
})

const asClaimed = rows(ClaimedRow)
const asVerdicts = rows(Schema.Struct({ verdict: Verdict }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const background = yield* BackgroundSql
  const ofParts = sql.literal(
    clausesOf(
      yield* ContactParts,
      "changed",
      `select player_id, play_id, 'unknown' as before, verdict as after, null::float8 as wait_before, wait
        from ended where verdict <> 'unknown'`
    )
  )
  const wait = sql.literal(waitOf("contact"))

  /** Stores endings of different contacts. Returns the stored verdicts: for a contact settled before, its first. */
  const end = (batch: ReadonlyArray<Ending>) =>
    background`
      with ending as (
        select * from unnest(
          ${column(batch, "playerId", OID.uuid)}, ${column(batch, "esp", OID.text)}, ${column(batch, "at", OID.timestamptz)},
          ${column(batch, "verdict", OID.text)}, ${column(batch, "mailability", OID.text)},
          ${column(batch, "reason", OID.text)}, ${column(batch, "dueAt", OID.timestamptz)},
          ${column(batch, "mayHaveActed", OID.bool)}, ${column(batch, "attempts", OID.int4)},
          ${column(batch, "hasCalled", OID.bool)}
        ) with ordinality as ending (
          player_id, esp, at, verdict, mailability, reason, due_at, may_have_acted, attempts, has_called, place
        )
      ),
      ended as (
        update contact set
          -- An attempt that outlived its lease has been overtaken: the later attempt may have created the contact it found.
          verdict = case
            when ending.verdict = 'existed' and contact.attempts <> ending.attempts then 'created'
            else ending.verdict
          end,
          mailability = ending.mailability,
          reason = ending.reason,
          settled_at = case when ending.verdict <> 'unknown' then ending.at end,
          due_at = ending.due_at,
          intended_at = case when ending.may_have_acted then contact.intended_at end,
          attempts = contact.attempts - case when ending.has_called then 0 else 1 end,
          updated_at = ending.at
        from ending
        where contact.player_id = any(${column(batch, "playerId", OID.uuid)})
          and contact.player_id = ending.player_id and contact.esp = ending.esp and contact.verdict = 'unknown'
          -- A verdict is always stored. Other endings are stored only if no later attempt has been claimed.
          and (ending.verdict <> 'unknown' or contact.attempts = ending.attempts)
        returning contact.player_id, contact.esp, contact.verdict, contact.play_id, ${wait} as wait
      )${ofParts}
      select coalesce(ended.verdict, contact.verdict, 'unknown') as verdict
      from ending
      left join ended using (player_id, esp)
      left join lateral (
        select verdict from contact where contact.player_id = ending.player_id and contact.esp = ending.esp offset 0
      ) contact on true
      order by ending.place`.pipe(
      asVerdicts(),
      Effect.map((rows) => rows.map((row) => row.verdict)),
      Effect.withSpan("ContactsRepo.end")
    )

  /**
   * Claims up to `limit` due contacts, oldest first, with a lease until `leaseUntil`. Skips contacts that another process is
   * claiming, so each contact has one owner, and contacts of the ESPs `except`. A contact whose player has been forgotten is given
   * up: there is no address to register.
   */
  const claimDue = (now: Date, leaseUntil: Date, limit: number, except: ReadonlyArray<string>) =>
    sql`
      with due as (
        select player_id, esp, intended_at, due_at from contact
        where verdict = 'unknown' and due_at <= ${now} and esp <> all(${array(except, OID.text)})
        order by due_at
        limit ${limit}
        for update skip locked
      ),
      claimed as (
        update contact set
          attempts = contact.attempts + 1,
          intended_at = coalesce(contact.intended_at, ${now}),
          due_at = case when player.id is not null then ${leaseUntil}::timestamptz end,
          updated_at = ${now}
        from due left join player on player.id = due.player_id
        where contact.player_id = due.player_id and contact.esp = due.esp
        returning contact.player_id, contact.esp, contact.play_id, contact.attempts, player.email, player.email_key,
          due.due_at as due_since, coalesce(contact.settling_since, contact.created_at) as since, due.intended_at is not null as unresolved
      )
      select claimed.player_id, claimed.esp, claimed.attempts, claimed.due_since, claimed.since, claimed.unresolved,
        claimed.email, claimed.email_key, play.name, play.number as plays, play.score, play.played_at,
        play.consent_text_version, play.consent_language, play.data, game.slug as game, game.esp_list as list,
        game.esp_tags as tags
      from claimed
      join play on play.id = claimed.play_id and play.player_id = claimed.player_id
      join game on game.id = play.game_id
      where claimed.email is not null`.pipe(
      asClaimed(),
      Effect.map((rows) => rows.map(claimedOf)),
      Effect.withSpan("ContactsRepo.claimDue")
    )

  /** The stored verdict; `unknown` also where there is no such contact. */
  const verdict = (playerId: string, esp: string) =>
    sql`select verdict from contact where player_id = ${playerId} and esp = ${esp}`.pipe(
      asVerdicts(),
      Effect.map(([row]): Verdict => row?.verdict ?? "unknown"),
      Effect.withSpan("ContactsRepo.verdict")
    )

  return { end, claimDue, verdict }
})

export type ContactsRepo = Effect.Success<typeof make>
