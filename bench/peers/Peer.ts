import type { FastifyInstance, FastifyReply } from "fastify"
import fastify from "fastify"
import { createHash } from "node:crypto"
import type { Verdict } from "../../src/esp/Verdict.ts"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { securityHeaders } from "../../src/platform/edge/SecurityHeaders.ts"
import { normalise } from "../../src/players/Email.ts"
import { canonical, storable } from "../../src/platform/contract/JsonData.ts"

/** The body of a play, checked by the schema below. */
interface Body {
  readonly email: string
  readonly name?: string
  readonly score?: number
  readonly consent?: { readonly textVersion: string; readonly language: string }
  readonly data?: Readonly<Record<string, unknown>>
}

/** A play to be recorded. */
export interface NewPlay {
  readonly id: string
  readonly slug: string
  readonly playedAt: Date
  /** The player's id if this is the first play of the address. */
  readonly candidateId: string
  readonly emailKey: string
  readonly email: string
  readonly name: string | null
  readonly score: number | null
  readonly consentTextVersion: string | null
  readonly consentLanguage: string | null
  readonly data: string | null
  readonly key: string | null
  readonly requestHash: Buffer | null
  readonly leaseUntil: Date
}

export interface Receipt {
  readonly id: string
  readonly playedAt: Date
  readonly number: number
  readonly verdict: Verdict
}

/** A refusal: the problem's name and its members. */
export interface Refusal {
  readonly status: 404 | 409 | 422
  readonly problem: "game-not-found" | "game-not-open" | "play-limit-reached" | "idempotency-key-reused"
  readonly members?: Readonly<Record<string, unknown>>
}

export type Write = (play: NewPlay) => Promise<Receipt | Refusal>

/** Fairground's default lease on a first attempt. The peers write the same row. */
const leaseMillis = 33_000

// The rules of Play.ts as a JSON Schema pattern.
const seen = String.raw`^(?=[\s\S]*\S)[^\u0000]*$`

const bodySchema = {
  type: "object",
  additionalProperties: false,
  required: ["email"],
  properties: {
    email: { type: "string", maxLength: 512 },
    name: { type: "string", maxLength: 200, pattern: seen },
    score: { type: "number" },
    consent: {
      type: "object",
      additionalProperties: false,
      required: ["textVersion", "language"],
      properties: {
        textVersion: { type: "string", maxLength: 100, pattern: seen },
        language: { type: "string", pattern: "^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$" }
      }
    },
    data: { type: "object" }
  }
} as const

const paramsSchema = {
  type: "object",
  properties: { slug: { type: "string", maxLength: 64, pattern: "^[a-z0-9](?:-?[a-z0-9])*$" } }
} as const

const headersSchema = {
  type: "object",
  properties: { "idempotency-key": { type: "string", minLength: 1, maxLength: 255 } }
} as const

const receiptSchema = {
  type: "object",
  properties: {
    id: { type: "string" },
    game: { type: "string" },
    playedAt: { type: "string" },
    playedBefore: { type: "boolean" },
    plays: { type: "integer" },
    contact: { type: "string" }
  }
} as const

const sendProblem = (
  reply: FastifyReply,
  status: number,
  name: string,
  members?: Readonly<{ [key: string]: unknown }>
) =>
  reply
    .code(status)
    .header("content-type", "application/problem+json")
    // Sent as a string, to bypass the serialiser of the answer's schema.
    .send(JSON.stringify({ type: `/problems/${name}`, status, ...members }))

const invalid = (...path: ReadonlyArray<string>) => ({
  errors: [{ path: ["payload", ...path], message: "Not allowed" }]
})

/** A Fastify service with Fairground's play endpoint. Each peer brings its own way to write a play to the database. */
export const make = (write: Write): FastifyInstance => {
  const app = fastify({
    bodyLimit: 16 * 1024,
    keepAliveTimeout: 65_000,
    requestIdHeader: "x-request-id",
    genReqId: () => crypto.randomUUID(),
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } }
  })
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(securityHeaders).header("x-request-id", request.id)
    done()
  })
  app.setErrorHandler((error, _request, reply) => {
    const { message, statusCode, validation, validationContext } = error as {
      readonly message: string
      readonly statusCode?: number
      readonly validation?: ReadonlyArray<{
        readonly instancePath: string
        readonly params: { readonly missingProperty?: string; readonly additionalProperty?: string }
      }>
      readonly validationContext?: string
    }
    if (validation === undefined) {
      const status = statusCode ?? 500
      if (status >= 500) console.error(error)
      return sendProblem(reply, status, status >= 500 ? "internal-error" : "malformed-request", { detail: message })
    }
    const part = validationContext === "body" ? "payload" : (validationContext ?? "payload")
    const errors = validation.map(({ instancePath, params }) => {
      const property = params.missingProperty ?? params.additionalProperty
      const path = [part, ...instancePath.split("/").slice(1), ...(property === undefined ? [] : [property])]
      return { path, message: "Not allowed" }
    })
    return sendProblem(reply, 400, "validation-failed", { errors })
  })

  app.post<{ Params: { slug: string }; Body: Body; Headers: { "idempotency-key"?: string } }>(
    "/api/v1/games/:slug/plays",
    { schema: { body: bodySchema, params: paramsSchema, headers: headersSchema, response: { 201: receiptSchema } } },
    async (request, reply) => {
      const { body } = request
      const { slug } = request.params
      const email = body.email.trim()
      const emailKey = normalise(email)
      if (emailKey._tag === "None") return sendProblem(reply, 400, "validation-failed", invalid("email"))
      if (body.data !== undefined && storable(body.data, 4096) !== undefined) {
        return sendProblem(reply, 400, "validation-failed", invalid("data"))
      }
      const key = request.headers["idempotency-key"] ?? null
      const now = Date.now()
      const outcome = await write({
        id: uuidV7At(now),
        slug,
        playedAt: new Date(now),
        candidateId: uuidV7At(now),
        emailKey: emailKey.value,
        email,
        name: body.name ?? null,
        score: body.score ?? null,
        consentTextVersion: body.consent?.textVersion ?? null,
        consentLanguage: body.consent?.language ?? null,
        data: body.data === undefined ? null : JSON.stringify(body.data),
        key,
        requestHash: key === null ? null : createHash("sha256").update(canonical(body)).digest(),
        leaseUntil: new Date(now + leaseMillis)
      })
      if ("problem" in outcome) return sendProblem(reply, outcome.status, outcome.problem, outcome.members)
      return reply.code(201).send({
        id: outcome.id,
        game: slug,
        playedAt: outcome.playedAt.toISOString(),
        playedBefore: outcome.number > 1,
        plays: outcome.number,
        contact: outcome.verdict
      })
    }
  )
  app.get("/health/live", () => ({ status: "ok" }))
  return app
}
