import { Effect, Option, Schema } from "effect"
import type { EspError, Finding } from "../../EspClient.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"
import { failureOf } from "./MailchimpAnswers.ts"
import type { Audience } from "./MailchimpAudience.ts"
import { nameField } from "./MailchimpMember.ts"

/** `GET /`, the API root. */
const Root = Schema.Struct({ account_name: Schema.String, role: Schema.optionalKey(Schema.String) })

/** `GET /lists/{list_id}/merge-fields`. */
const MergeFieldList = Schema.Struct({
  merge_fields: Schema.Array(
    Schema.Struct({ tag: Schema.String, type: Schema.String, required: Schema.optionalKey(Schema.Boolean) })
  )
})
type MergeField = (typeof MergeFieldList.Type)["merge_fields"][number]

const finding = (level: Finding["level"], what: string): Finding => ({ level, what })

const ofRoot = ({ account_name: name, role }: typeof Root.Type): Finding =>
  role === "viewer" || role === "author"
    ? finding(
        "error",
        `the key is right (account ${name}), but its user has the role ${role}, which may not change contacts`
      )
    : finding("ok", `the key is right (account ${name})`)

const ofAudience = (list: string, audience: Audience): ReadonlyArray<Finding> => [
  finding(
    "ok",
    audience.double_optin
      ? `the audience ${list} (${audience.name}) is double opt-in: with consent contacts are pending until they confirm`
      : `the audience ${list} (${audience.name}) is single opt-in: with consent contacts are subscribed at once`
  ),
  ...(audience.marketing_permissions === true
    ? [finding("warning", "the audience has GDPR marketing permissions: they are not set, as no play names them")]
    : [])
]

const ofMapping = (mapped: ReadonlyArray<string>, fields: ReadonlyArray<MergeField>): ReadonlyArray<Finding> => {
  const byTag = new Map(fields.map((field) => [field.tag.toUpperCase(), field]))
  const missing = mapped.filter((tag) => !byTag.has(tag.toUpperCase()))
  const structured = mapped.filter((tag) => byTag.get(tag.toUpperCase())?.type === "address")
  return [
    ...missing.map((tag) => finding("error", `attribute ${tag}: the audience has no such merge field`)),
    ...structured.map((tag) => finding("error", `attribute ${tag}: an address field takes no single value`)),
    ...(mapped.length > 0 && missing.length + structured.length === 0
      ? [finding("ok", `the audience has all merge fields of the mapping (${mapped.join(", ")})`)]
      : []),
    ...(byTag.has(nameField) ? [] : [finding("warning", `the audience has no merge field ${nameField} for the name`)])
  ]
}

/** Checks credentials, audience and merge fields. Fails with its error where the key cannot read even the account. */
export const checkOf = (
  client: EspHttpClient,
  list: string,
  attributes: { readonly [name: string]: string },
  audience: Effect.Effect<Audience, EspError>
): Effect.Effect<ReadonlyArray<Finding>, EspError> => {
  const ask = Effect.fnUntraced(function* <A, I>(path: string, operation: string, schema: Schema.Codec<A, I>) {
    const answer = yield* client.send({ method: "GET", path, operation })
    const value = answer.status === 200 ? Schema.decodeUnknownOption(schema)(answer.json) : Option.none()
    return Option.isSome(value) ? value.value : yield* failureOf(answer, client, list)
  })

  return Effect.gen(function* () {
    const root = ofRoot(yield* ask("/?fields=account_name,role", "GET /", Root))
    return yield* Effect.gen(function* () {
      const found = ofAudience(list, yield* audience)
      const { merge_fields: fields } = yield* ask(
        `/lists/${encodeURIComponent(list)}/merge-fields?count=1000&fields=merge_fields.tag,merge_fields.type,merge_fields.required`,
        "GET /lists/merge-fields",
        MergeFieldList
      )
      return [root, ...found, ...ofMapping(Object.keys(attributes), fields)]
    }).pipe(
      // Where the audience is wrong, the operator still learns that the key is right.
      Effect.catchTag("EspMisconfigured", ({ reason }) => Effect.succeed([root, finding("error", reason)]))
    )
  })
}
