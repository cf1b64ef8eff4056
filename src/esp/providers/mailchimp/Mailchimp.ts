import { Duration, Effect, Redacted, Schema } from "effect"
import { monotonicMillis } from "../../../platform/Monotonic.ts"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { unexpected } from "../EspAnswer.ts"
import { created, type EspAdapter, type EspContact } from "../../EspClient.ts"
import { AttributeSource } from "../../EspContact.ts"
import { followUp } from "../FollowUp.ts"
import { accountOf } from "../../governor/GovernorPolicy.ts"
import type { Tools } from "../Provider.ts"
import { conflictOf, createdStatusOf, failureOf, mailabilityOf, statusOf, wrongFields } from "./MailchimpAnswers.ts"
import { makeAudiences } from "./MailchimpAudience.ts"
import { checkOf } from "./MailchimpCheck.ts"
import { memberOf, type MergeFields, mergeFieldsOf, type MemberStatus, subscriberHash } from "./MailchimpMember.ts"

/** The data centre in an API key. It selects a subdomain of Mailchimp's, so a key cannot direct calls to another host. */
const dataCentreOf = (key: Redacted.Redacted<string>): string | undefined =>
  /-([a-z]{2,4}\d{1,3})$/.exec(Redacted.value(key))?.[1]

/** `list` is the id of the audience. `base` replaces `https://<data centre>.api.mailchimp.com/3.0`. */
export const Connection = connection("mailchimp", {
  key: Secret,
  list: ListId,
  base: Schema.optionalKey(BaseUrl),
  attributes: Schema.optionalKey(
    Schema.Record(Schema.NonEmptyString, AttributeSource).check(
      Schema.makeFilter(
        (mapping: { readonly [tag: string]: string }) =>
          // A stranger's input to a game must not rename somebody else's member.
          !Object.keys(mapping).some((tag) => tag.toUpperCase() === "EMAIL") ||
          "EMAIL is the address itself at Mailchimp, so a play cannot set it"
      )
    )
  )
}).check(
  Schema.makeFilter(({ base, key }) =>
    base !== undefined || dataCentreOf(key) !== undefined
      ? undefined
      : { path: ["key"], issue: "has no data centre at its end such as -us21; such a key needs a base" }
  )
)

/**
 * Mailchimp allows a user ten concurrent connections over all keys and tools. A call ends after 120 s at the latest, so one that
 * timed out here may hold its connection that long. Docs: "API concepts", "Rate limits and timeouts". The governor counts per
 * key, because it cannot see that two keys belong to one user; set `limits.atOnce` in that case.
 */
const concurrency = { limit: 10, hold: Duration.seconds(120) }

const without = (fields: MergeFields, wrong: ReadonlyArray<string>): MergeFields =>
  Object.fromEntries(Object.entries(fields).filter(([tag]) => !wrong.includes(tag)))

/**
 * Mailchimp Marketing API 3.0. A contact is a member of one audience; `POST /lists/{list_id}/members` creates it or answers
 * 400 `Member Exists`, so one call tells created from existed. `PUT` with `status_if_new` would answer 200 in both cases.
 *
 * Only a member that the call creates gets a status: `transactional` without consent; with consent `pending` where the audience
 * is double opt-in, else `subscribed`. Docs: the skill "Set consent correctly". An existing member keeps its status, name and
 * language, because a player has not proved that the address is theirs. It gets the mapped merge fields and the tags.
 */
export const make = (connection: typeof Connection.Type, { http }: Tools): Effect.Effect<EspAdapter> =>
  Effect.sync(() => {
    const { key } = connection
    const client = http({
      base: connection.base ?? `https://${dataCentreOf(key)}.api.mailchimp.com/3.0`,
      headers: { authorization: Redacted.make(`Bearer ${Redacted.value(key)}`) },
      secrets: [key]
    })
    const audiences = makeAudiences(client)

    const statusFor = (contact: EspContact, list: string) =>
      contact.consent === null
        ? Effect.succeed<MemberStatus>("transactional")
        : Effect.map(audiences.remembered(list, contact.list !== null), (audience): MemberStatus =>
            audience.double_optin ? "pending" : "subscribed"
          )

    /**
     * Creates the member, without the merge fields that Mailchimp refuses. A value may come from a stranger: it must not cost
     * the contact, nor open the circuit by repeated failures.
     */
    const create = Effect.fnUntraced(function* (list: string, member: ReturnType<typeof memberOf>) {
      let fields = member.merge_fields
      for (let made = 1; ; made++) {
        const answer = yield* client.send({
          method: "POST",
          path: `/lists/${encodeURIComponent(list)}/members?skip_merge_validation=true`,
          operation: "POST /lists/members",
          json: { ...member, merge_fields: fields }
        })
        const wrong = wrongFields(answer, Object.keys(fields))
        if (wrong.length === 0) return answer
        yield* Effect.logWarning("Mailchimp refuses merge fields: the contact goes without them", { fields: wrong })
        // The first answer may not name all wrong fields. After a second refusal the contact goes without any.
        fields = made === 1 ? without(fields, wrong) : {}
      }
    })

    const updateExisting = (contact: EspContact, list: string, learn: (status: string) => void) =>
      Effect.gen(function* () {
        const path = `/lists/${encodeURIComponent(list)}/members/${subscriberHash(contact.email)}`
        const fields = mergeFieldsOf(contact.attributes)
        const answer = yield* client.send(
          Object.keys(fields).length > 0
            ? {
                method: "PATCH",
                path: `${path}?skip_merge_validation=true`,
                operation: "PATCH /lists/members",
                json: { merge_fields: fields }
              }
            : { method: "GET", path: `${path}?fields=status`, operation: "GET /lists/members" }
        )
        const status = answer.status === 200 ? statusOf(answer) : undefined
        if (status !== undefined) learn(status)
        if (contact.tags.length > 0) {
          const tagged = yield* client.send({
            method: "POST",
            path: `${path}/tags`,
            operation: "POST /lists/members/tags",
            // `is_syncing` starts no automations: somebody else may have typed the address.
            json: { tags: contact.tags.map((name) => ({ name, status: "active" })), is_syncing: true }
          })
          if (tagged.status !== 204) return yield* unexpected(tagged, client)
        }
        if (status === undefined) return yield* unexpected(answer, client)
      })

    return {
      governor: { account: accountOf("mailchimp", key), buckets: [], concurrency },
      register: Effect.fnUntraced(function* (contact) {
        const list = contact.list ?? connection.list
        const status = yield* statusFor(contact, list)
        const start = yield* monotonicMillis
        const answer = yield* create(list, memberOf(contact, status))
        const given = createdStatusOf(answer, contact)
        if (given !== undefined) return created(mailabilityOf(given))
        const mailability = conflictOf(answer)
        if (mailability === undefined) return yield* failureOf(answer, client, list, contact.list !== null)
        return yield* followUp({ start, mailability }, (learn) =>
          updateExisting(contact, list, (member) => learn(mailabilityOf(member)))
        )
      }),
      check: Effect.suspend(() =>
        checkOf(client, connection.list, connection.attributes ?? {}, audiences.read(connection.list))
      )
    }
  })
