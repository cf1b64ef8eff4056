import { Effect, Option, Schema } from "effect"
import { type EspAnswer, unexpected } from "../EspAnswer.ts"
import type { EspError, Finding } from "../../EspClient.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"

/** `GET /api/lists/{list_id}`. */
const List = Schema.Struct({ data: Schema.Struct({ name: Schema.String, optin: Schema.String }) })

/** `GET /api/profile`: the API user, from version 4 on. */
const Profile = Schema.Struct({
  data: Schema.Struct({
    username: Schema.String,
    user_role: Schema.Struct({ id: Schema.Int, permissions: Schema.NullOr(Schema.Array(Schema.String)) }),
    list_role: Schema.optionalKey(
      Schema.NullOr(
        Schema.Struct({
          lists: Schema.NullOr(
            Schema.Array(Schema.Struct({ id: Schema.Int, permissions: Schema.Array(Schema.String) }))
          )
        })
      )
    )
  })
})
type Profile = (typeof Profile.Type)["data"]

const decodeList = Schema.decodeUnknownOption(List)
const decodeProfile = Schema.decodeUnknownOption(Profile)

const finding = (level: Finding["level"], what: string): Finding => ({ level, what })

/** The id of the role that may do everything, whatever its permissions. */
const superAdmin = 1

// listmonk documentation, "Roles and permissions".
const ofProfile = (
  { list_role: listRole, user_role: role, username }: Profile,
  list: number
): ReadonlyArray<Finding> => {
  const user = finding("ok", `the token of ${username} is right`)
  if (role.id === superAdmin)
    return [user, finding("warning", "the user is a super admin: a role of its own can do less harm")]
  const permissions = new Set(role.permissions ?? [])
  const ofList = listRole?.lists?.find(({ id }) => id === list)?.permissions ?? []
  const mayManageList = permissions.has("lists:manage_all") || ofList.includes("list:manage")
  const lacking = ["subscribers:get_all", "subscribers:sql_query"].filter((permission) => !permissions.has(permission))
  return [
    user,
    ...(permissions.has("subscribers:manage")
      ? []
      : [finding("error", "the user lacks the permission subscribers:manage: no contact can be created")]),
    ...(mayManageList
      ? []
      : [finding("error", `the user may not manage the list ${list}: contacts with consent would not get into it`)]),
    ...(lacking.length === 0
      ? []
      : [
          finding(
            "warning",
            `the user lacks ${lacking.join(" and ")}: contacts that exist already get no list, attributes and tags`
          )
        ])
  ]
}

const ofList = (answer: EspAnswer, list: number): Finding | undefined => {
  const found = answer.status === 200 ? Option.getOrUndefined(decodeList(answer.json)) : undefined
  if (found !== undefined) {
    const { name, optin } = found.data
    return finding(
      "ok",
      optin === "double"
        ? `the list ${list} (${name}) is double opt-in: with consent contacts are asked to confirm`
        : `the list ${list} (${name}) is single opt-in: with consent contacts are subscribed at once`
    )
  }
  // listmonk answers 400, not 404, for an unknown id.
  if (answer.status === 400) return finding("error", `there is no list ${list}`)
  return answer.status === 403 ? finding("error", `the user may not read the list ${list}`) : undefined
}

/** Checks the credentials, the user's permissions and the list. */
export const checkOf = (client: EspHttpClient, list: number): Effect.Effect<ReadonlyArray<Finding>, EspError> =>
  Effect.gen(function* () {
    const profile = yield* client.send({ method: "GET", path: "/api/profile", operation: "GET /api/profile" })
    if (profile.status === 403) return [finding("error", "the user or its token is refused (403)")]
    const known = profile.status === 200 ? Option.getOrUndefined(decodeProfile(profile.json)) : undefined
    // Before version 4 there was only one user, and no profile endpoint.
    if (known === undefined && profile.status !== 404) return yield* unexpected(profile, client)
    const answer = yield* client.send({
      method: "GET",
      path: `/api/lists/${list}`,
      operation: "GET /api/lists"
    })
    const found = ofList(answer, list) ?? (yield* unexpected(answer, client))
    return [
      ...(known === undefined
        ? [finding("warning", "this version does not tell what the user may do")]
        : ofProfile(known.data, list)),
      found
    ]
  })
