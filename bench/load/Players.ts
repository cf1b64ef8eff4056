import type { Players } from "./Order.ts"

export const game = "bench"

/**
 * Gives the address of the n-th player. Multiplying by an odd number modulo 2^32 is a bijection: it gives distinct addresses
 * in random-looking order, which SQL (see Seed.ts) and JavaScript can both compute.
 */
const scatter = 2654435761

const addressOf = (kind: Players["kind"], n: number) =>
  `${kind === "new" ? "n" : "p"}${(Math.imul(n, scatter) >>> 0).toString(16)}@players.example`

/** The SQL of the same address, for seeding the known players. */
export const addressSql = (n: string) => `'p' || to_hex((${n}::bigint * ${scatter}) % 4294967296) || '@players.example'`

/** Returns one address after another from a small generator (xorshift32), so that runs are reproducible. */
export const addresses = (players: Players, seed: number): (() => string) => {
  if (players.kind === "new") {
    let next = players.from
    return () => addressOf("new", next++)
  }
  let state = (seed * scatter) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return addressOf("returning", 1 + ((state >>> 0) % players.known))
  }
}

/** The fields of a play in addition to its address. */
export const playFields = {
  name: "Nora",
  score: 120,
  consent: { textVersion: "2026-10", language: "en" },
  data: { prize: "coffee" }
}

const rest = JSON.stringify(playFields).slice(1)

/** The bytes of a play's request. Built by hand, because an HTTP client would cost more CPU than the service. */
export const requestFor = (email: string): string => {
  const body = `{"email":"${email}",${rest}`
  return (
    `POST /api/v1/games/${game}/plays HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}

/** What is wrong with an answer; undefined if nothing is. The caller recognises `unknown` itself. */
export const fault = (
  players: Players,
  body: string
): { readonly wrong: string | undefined; readonly unknown: boolean } => {
  const answer = JSON.parse(body) as {
    id: unknown
    game: unknown
    playedBefore: unknown
    plays: unknown
    contact: unknown
  }
  const isReturning = players.kind === "returning"
  const fits =
    typeof answer.id === "string" &&
    answer.id.length === 36 &&
    answer.game === game &&
    answer.playedBefore === isReturning &&
    typeof answer.plays === "number" &&
    (isReturning ? answer.plays > 1 : answer.plays === 1) &&
    (answer.contact === (isReturning ? "existed" : "created") || (!isReturning && answer.contact === "unknown"))
  return { wrong: fits ? undefined : body, unknown: answer.contact === "unknown" }
}
