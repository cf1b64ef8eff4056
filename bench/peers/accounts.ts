import bearerAuth from "@fastify/bearer-auth"
import cookie from "@fastify/cookie"
import session from "@fastify/session"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import fastify from "fastify"
import { hash } from "node:crypto"
import { callbackify } from "node:util"
import type pg from "pg"
import { securityHeaders } from "../../src/platform/edge/SecurityHeaders.ts"
import { makePool, named } from "./Database.ts"

/**
 * What users of Fastify take: `@fastify/session` with a store in PostgreSQL, and `@fastify/bearer-auth` that looks a key up. Both find
 * the account and its role in the database with each request, as Fairground does, so that what was revoked is out at once. All three
 * routes show the same game with the same statement.
 */

declare module "fastify" {
  interface Session {
    accountId?: string
  }
}

const findGame = named(
  "game",
  `select slug, title, opens_at, closes_at, time_zone, limit_plays, limit_period, limit_window_seconds from game where slug = $1`
)

const findKey = named(
  "key",
  `select k.id, k.scopes, a.id as account_id, a.role from api_key k join account a on a.id = k.account_id
   where k.token_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
     and a.disabled_at is null`
)

const findAccount = named("account", "select role from account where id = $1 and disabled_at is null")
const findSession = named("session", "select data from peer_session where id = $1 and expires_at > now()")
const saveSession = named(
  "save",
  `insert into peer_session (id, data, expires_at) values ($1, $2, now() + interval '1 day')
   on conflict (id) do update set data = excluded.data, expires_at = excluded.expires_at`
)
const endSession = named("end", "delete from peer_session where id = $1")

interface Game {
  readonly slug: string
  readonly title: string
  readonly opens_at: Date | null
  readonly closes_at: Date | null
  readonly time_zone: string
  readonly limit_plays: number | null
  readonly limit_period: string | null
  readonly limit_window_seconds: number | null
}

/** A store of sessions in PostgreSQL, as `connect-pg-simple` is one: a statement to read, a statement to write. */
const storeOn = (pool: pg.Pool): session.SessionStore => ({
  get: callbackify(async (id: string) => {
    const { rows } = await pool.query<{ data: unknown }>(findSession([id]))
    return (rows[0]?.data ?? null) as never
  }),
  set: callbackify(async (id: string, data: unknown) => {
    await pool.query(saveSession([id, JSON.stringify(data)]))
  }) as never,
  destroy: callbackify(async (id: string) => {
    await pool.query(endSession([id]))
  }) as never
})

const nullable = (type: string) => ({ type: [type, "null"] })

const schema = {
  response: {
    200: {
      type: "object",
      properties: {
        slug: { type: "string" },
        title: { type: "string" },
        opensAt: nullable("string"),
        closesAt: nullable("string"),
        timeZone: { type: "string" },
        limit: {
          type: ["object", "null"],
          properties: { plays: { type: "integer" }, period: { type: "string" }, windowSeconds: nullable("integer") }
        },
        isOpen: { type: "boolean" }
      }
    }
  }
} as const

/** `/public/…`, `/session/…` and `/key/…`. `POST /sign-in/:account` makes a session, for the load. */
export const make = (url: string): FastifyInstance => {
  const pool = makePool(url)
  const app = fastify({
    keepAliveTimeout: 65_000,
    requestIdHeader: "x-request-id",
    genReqId: () => crypto.randomUUID()
  })
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(securityHeaders).header("x-request-id", request.id)
    done()
  })
  app.addHook("onReady", async () => {
    await pool.query(
      "create table if not exists peer_session (id text primary key, data jsonb not null, expires_at timestamptz not null)"
    )
  })
  app.addHook("onClose", () => pool.end())

  const show = async (request: FastifyRequest, reply: FastifyReply) => {
    const { slug } = request.params as { slug: string }
    const [game] = (await pool.query<Game>(findGame([slug]))).rows
    if (game === undefined) return reply.code(404).send({ type: "/problems/game-not-found", status: 404 })
    const now = Date.now()
    return {
      slug: game.slug,
      title: game.title,
      opensAt: game.opens_at?.toISOString() ?? null,
      closesAt: game.closes_at?.toISOString() ?? null,
      timeZone: game.time_zone,
      limit:
        game.limit_plays === null
          ? null
          : { plays: game.limit_plays, period: game.limit_period, windowSeconds: game.limit_window_seconds },
      isOpen:
        (game.opens_at === null || game.opens_at.getTime() <= now) &&
        (game.closes_at === null || game.closes_at.getTime() > now)
    }
  }

  app.get("/public/games/:slug", { schema }, show)

  app.register(async (signedIn) => {
    await signedIn.register(cookie)
    await signedIn.register(session, {
      secret: "a secret of at least thirty-two characters",
      store: storeOn(pool),
      saveUninitialized: false,
      // Its default writes the session with each request.
      rolling: false,
      cookie: { secure: false, maxAge: 86_400_000 }
    })
    signedIn.post("/sign-in/:account", async (request) => {
      request.session.accountId = (request.params as { account: string }).account
      await request.session.save()
      return {}
    })
    signedIn.get(
      "/session/games/:slug",
      {
        schema,
        preHandler: async (request) => {
          const { accountId } = request.session
          const found = accountId === undefined ? [] : (await pool.query(findAccount([accountId]))).rows
          if (found.length === 0) throw Object.assign(new Error("not signed in"), { statusCode: 401 })
        }
      },
      show
    )
  })

  app.register(async (withKey) => {
    await withKey.register(bearerAuth, {
      keys: new Set<string>(),
      auth: async (key: string) => {
        const [found] = (await pool.query<{ scopes: ReadonlyArray<string> }>(findKey([hash("sha256", key, "buffer")])))
          .rows
        return found?.scopes.includes("games:read") ?? false
      }
    })
    withKey.get("/key/games/:slug", { schema }, show)
  })

  app.get("/health/live", () => ({ status: "ok" }))
  return app
}
