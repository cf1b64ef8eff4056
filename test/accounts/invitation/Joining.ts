import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { cookieNames } from "../../../src/accounts/access/Cookies.ts"
import type { Answer } from "../../support/service/Service.ts"

export const password = "seven grey herons over the weir"

/** The token of an invitation's link. */
export const tokenOf = (body: Answer["body"]): string => {
  const token = /\/join\/(fgi_\w+)$/.exec(String(body["link"]))?.[1]
  assert.isDefined(token, JSON.stringify(body))
  return token ?? ""
}

/** What a browser that got in presents from then on. */
export const sessionOf = ({ headers }: Answer) => {
  const set = [headers["set-cookie"] ?? []].flat().find((text) => text.startsWith(`${cookieNames.session}=`)) ?? ""
  for (const attribute of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"]) assert.include(set, attribute)
  return { headers: { cookie: set.split(";")[0] ?? "", "sec-fetch-site": "same-origin" } }
}

/** The row of the account with this normalised address. */
export const accountOf = (emailKey: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(
      sql<Record<string, unknown>>`
        select id, kind, email, name, role, language, email_verified_at is not null as proven,
          (select count(*)::int from account_password p where p.account_id = account.id) as passwords,
          (select count(*)::int from account_session s where s.account_id = account.id) as sessions
        from account where email_key = ${emailKey}`,
      ([found]) => found
    )
  )

/** Everything that is stored of invitations, as text. */
export const dump = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(
    sql`
      select (select json_agg(i) from invitation i)::text as i, (select json_agg(e) from audit_entry e)::text as e,
        (select json_agg(m) from mail m)::text as m, (select json_agg(p) from account_password p)::text as p`,
    (rows) => JSON.stringify(rows)
  )
)

export const expire = (id: unknown) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`update invitation set expires_at = now() - interval '1 second' where id = ${String(id)}`
  )
