import { Effect, type Scope } from "effect"
import { argon2Sync, randomBytes } from "node:crypto"
import { hashOf, makeToken } from "../../src/accounts/Tokens.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { game } from "../load/Players.ts"
import { attempt, type BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"
import type { Load, Measured } from "./Load.ts"
import * as Services from "./Services.ts"
import { type Summary, summarise } from "./Statistics.ts"

/** The lengths and numbers of the measurements. */
export interface Plan {
  readonly rounds: number
  readonly warmUpMs: number
  readonly firstWarmUpMs: number
  readonly measureMs: number
  readonly connections: ReadonlyArray<number>
}

export const planFor = (size: "quick" | "default" | "full"): Plan =>
  size === "quick"
    ? { rounds: 1, warmUpMs: 200, firstWarmUpMs: 800, measureMs: 800, connections: [32] }
    : { rounds: size === "full" ? 9 : 5, warmUpMs: 700, firstWarmUpMs: 4000, measureMs: 3000, connections: [32, 256] }

export const credentials = ["none", "key", "session"] as const
export type Presented = (typeof credentials)[number]

export interface Row {
  readonly kind: "fairground" | "accounts"
  readonly presents: Presented
  readonly connections: number
  readonly summary: Summary
}

export interface StormRow {
  readonly signIns: number
  /** Sign-ins answered with yes or no a second, and those refused because the service was busy. */
  readonly perSecond: number
  readonly refusedPerSecond: number
  readonly summary: Summary
}

export interface Result {
  readonly rows: ReadonlyArray<Row>
  readonly storm: ReadonlyArray<StormRow>
  /** Plays a second in the storm: half of what the service bears. */
  readonly plays: number
}

const known = 10_000
const email = "owner@staff.example"
const password = "a bench is for sitting on"

/** Argon2id as `accounts/password` stores it. */
const passwordHash = () => {
  const nonce = randomBytes(16)
  const tag = argon2Sync("argon2id", {
    message: password,
    nonce,
    memory: 19_456,
    passes: 2,
    parallelism: 1,
    tagLength: 32
  })
  const text = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "")
  return `$argon2id$v=19$m=19456,t=2,p=1$${text(nonce)}$${text(tag)}`
}

interface Seeded {
  readonly accountId: string
  readonly key: string
  readonly session: string
}

/** An owner with a password, a key and a session, among a thousand others. */
const seed = Effect.fnUntraced(function* (cluster: Cluster, url: string) {
  const [accountId, key, session] = [uuidV7At(Date.now()), makeToken("key"), makeToken("session")]
  const hex = (token: string) => `'\\x${hashOf(token).toString("hex")}'`
  const statements = [
    `insert into account (id, kind, email, email_key, name, role, email_verified_at, created_at, updated_at)
     select gen_random_uuid(), 'person', n || '@staff.example', n || '@staff.example', 'Somebody', 'viewer', now(), now(), now()
     from generate_series(1, 1000) as n`,
    `insert into account_session (id, account_id, token_hash, methods, authenticated_at, last_seen_at, expires_at)
     select gen_random_uuid(), id, sha256(id::text::bytea), '{password}', now(), now(), now() + interval '1 day' from account`,
    `insert into api_key (id, account_id, name, hint, token_hash, scopes, created_at)
     select gen_random_uuid(), id, 'A key', 'abcd', sha256(('k' || id)::bytea), '{games:read}', now() from account`,
    `insert into account (id, kind, email, email_key, name, role, email_verified_at, created_at, updated_at)
     values ('${accountId}', 'person', '${email}', '${email}', 'The owner', 'owner', now(), now(), now())`,
    `insert into account_password (account_id, hash, changed_at) values ('${accountId}', '${passwordHash()}', now())`,
    `insert into account_session (id, account_id, token_hash, methods, authenticated_at, last_seen_at, expires_at)
     values (gen_random_uuid(), '${accountId}', ${hex(session)}, '{password}', now(), now(), now() + interval '1 day')`,
    `insert into api_key (id, account_id, name, hint, token_hash, scopes, created_at)
     values (gen_random_uuid(), '${accountId}', 'A key', 'abcd', ${hex(key)}, '{statistics:read}', now())`,
    "analyze"
  ]
  for (const statement of statements) yield* cluster.query(url, statement)
  return { accountId, key, session } satisfies Seeded
})

/** The cookie that the peer gives. */
const peerCookie = (port: number, accountId: string) =>
  attempt("a session of the peer", async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/sign-in/${accountId}`, { method: "POST" })
    await answer.arrayBuffer()
    const [cookie] = answer.headers.getSetCookie()
    if (cookie === undefined) throw new Error(`status ${answer.status}, no cookie`)
    return cookie.split(";")[0]!
  })

/** Reads with each credential at each service in turn, then plays with and without a storm of sign-ins. */
export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  const url = yield* cluster.database("accounts", known)
  const seeded = yield* seed(cluster, url)
  // On the same database.
  const fairground = yield* Services.startOn("fairground", url)
  const peer = yield* Services.startOn("accounts", url)
  const cookie = yield* peerCookie(peer.port, seeded.accountId)

  const requests = {
    fairground: {
      none: { path: `/api/v1/games/${game}`, headers: {} },
      key: { path: `/api/v1/games/${game}`, headers: { Authorization: `Bearer ${seeded.key}` } },
      session: { path: `/api/v1/games/${game}`, headers: { Cookie: `__Host-fairground=${seeded.session}` } }
    },
    accounts: {
      none: { path: `/public/games/${game}`, headers: {} },
      key: { path: `/key/games/${game}`, headers: { Authorization: `Bearer ${seeded.key}` } },
      session: { path: `/session/games/${game}`, headers: { Cookie: cookie } }
    }
  } as const

  const read = (
    service: Services.Service,
    presents: Presented,
    connections: number,
    warmUpMs: number,
    measureMs: number
  ) =>
    load.measure(service, {
      type: "read",
      port: service.port,
      ...requests[service.kind as Row["kind"]][presents],
      holds: `"slug":"${game}"`,
      connections,
      warmUpMs,
      measureMs
    })

  yield* say("Accounts: warming up")
  const contenders = [fairground, peer]
  for (const service of contenders) {
    for (const presents of credentials) yield* read(service, presents, 32, plan.firstWarmUpMs / 3, 200)
  }
  const slots = plan.connections.flatMap((connections) =>
    contenders.flatMap((service) =>
      credentials.map((presents) => ({ service, presents, connections, rounds: [] as Array<Measured> }))
    )
  )
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`Requests with and without a credential, round ${round} of ${plan.rounds}`)
    // Every other round backwards: whoever comes first finds the machine a little slower.
    const order = round % 2 === 0 ? slots.toReversed() : slots
    for (const { connections, presents, rounds, service } of order) {
      rounds.push(yield* read(service, presents, connections, plan.warmUpMs, plan.measureMs))
    }
  }

  let seeds = 9000
  const most = yield* load.measure(fairground, {
    type: "closed",
    port: fairground.port,
    players: { kind: "returning", known },
    connections: 32,
    seed: ++seeds,
    warmUpMs: plan.firstWarmUpMs,
    measureMs: plan.measureMs
  })
  // A quarter of the maximum: on two cores, half of it leaves the hash work no core at all.
  const plays = Math.round(most.perSecond / 4)
  const storms = [0, 16].map((signIns) => ({ signIns, rounds: [] as Array<Measured> }))
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`A storm of sign-ins, round ${round} of ${plan.rounds}`)
    for (const { rounds, signIns } of round % 2 === 0 ? storms.toReversed() : storms) {
      rounds.push(
        yield* load.measure(fairground, {
          type: "storm",
          port: fairground.port,
          known,
          rate: plays,
          signInConnections: signIns,
          email,
          password,
          seed: ++seeds,
          warmUpMs: plan.warmUpMs,
          measureMs: plan.measureMs
        })
      )
    }
  }
  const mean = (rounds: ReadonlyArray<Measured>, of: (round: Measured) => number) =>
    rounds.reduce((sum, round) => sum + of(round), 0) / rounds.length
  return {
    plays,
    rows: slots.map(({ connections, presents, rounds, service }) => ({
      kind: service.kind as Row["kind"],
      presents,
      connections,
      summary: summarise(rounds)
    })),
    storm: storms.map(({ rounds, signIns }) => ({
      signIns,
      perSecond: mean(rounds, (round) => round.signIns?.perSecond ?? 0),
      refusedPerSecond: mean(rounds, (round) => round.signIns?.refusedPerSecond ?? 0),
      summary: summarise(rounds)
    }))
  }
})
