import { Effect } from "effect"
import { hashOf, makeToken } from "../../src/accounts/Tokens.ts"
import type { Cluster } from "./Cluster.ts"

/** Adds people with a session each. Returns the tokens. */
export const add = Effect.fnUntraced(function* (cluster: Cluster, url: string, people: number) {
  const tokens = Array.from({ length: people }, () => makeToken("session"))
  const hashes = tokens.map((token) => `('\\x${hashOf(token).toString("hex")}'::bytea)`).join(", ")
  const statements = [
    `insert into account (id, kind, email, email_key, name, role, email_verified_at, created_at, updated_at)
     select uuidv7(), 'person', n || '@staff.example', n || '@staff.example', 'Somebody', 'admin', now(), now(), now()
     from generate_series(1, ${people}) as n`,
    `insert into account_session (id, account_id, token_hash, methods, authenticated_at, last_seen_at, expires_at)
     select uuidv7(), account.id, token.hash, '{password}', now(), now(), now() + interval '1 day'
     from (select id, row_number() over () as place from account) account
     join (select hash, row_number() over () as place from (values ${hashes}) as token (hash)) token using (place)`,
    "analyze"
  ]
  for (const statement of statements) yield* cluster.query(url, statement)
  return tokens
})
