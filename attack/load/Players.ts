import { addressMark } from "../fuzz/Values.ts"
import { type Acknowledged, repetitionFaults } from "../invariants/Plays.ts"
import type { Seeded } from "../random/Seeded.ts"
import { type Arena, pause } from "../run/Arena.ts"
import type { Answer } from "../../test/support/service/Service.ts"
import { games, type Game } from "./Games.ts"
import { ask } from "./Asking.ts"

interface Play {
  readonly game: string
  readonly email: string
  readonly key: string | undefined
}

/** How long a play with a key is retried before it counts as never answered, in milliseconds. */
const persistenceMillis = 120_000

export const acknowledgement = ({ email, game, key }: Play, { body }: Answer): Acknowledged => ({
  game,
  email,
  key,
  id: String(body["id"]),
  plays: Number(body["plays"]),
  playedBefore: body["playedBefore"] === true,
  playedAt: String(body["playedAt"])
})

/** Sends a play once, and remembers a 201. */
export const send = async (arena: Arena, play: Play, replica: number, step: string): Promise<Answer> => {
  const { email, game, key } = play
  const answer = await ask(arena, {
    operation: "plays.record",
    replica,
    path: `/api/v1/games/${game}/plays`,
    body: { email, data: { key: key ?? null } },
    key,
    email,
    step
  })
  if (answer.status === 201) arena.promised.plays.push(acknowledgement(play, answer))
  else if (answer.status !== 0 && answer.status !== 503 && !(answer.status === 409 && isLimited(game))) {
    arena.findings.add({
      invariant: "plays",
      step,
      what: `a right play was answered with ${answer.status}: ${JSON.stringify(answer.body)}`
    })
  }
  return answer
}

const isLimited = (slug: string) => games.some((game) => game.slug === slug && game.limit !== undefined)

const isOpen = ({ status }: Answer) => status === 0 || status === 503

/** Sends a play with a key to one replica after another until it has a final answer. */
const insist = async (arena: Arena, play: Play, first: number, step: string) => {
  const until = performance.now() + persistenceMillis
  for (let replica = first; performance.now() < until; replica = (replica + 1) % arena.replicas.length) {
    const answer = await send(arena, play, replica, step)
    if (!isOpen(answer)) return answer
    // A process that is gone refuses connections within microseconds.
    await pause(20)
  }
  arena.findings.add({
    invariant: "plays",
    step,
    what: `the play with the key ${play.key} got no answer for two minutes`
  })
  return undefined
}

const emailOf = (game: Game, round: number, random: Seeded) =>
  game.limit === undefined
    ? `${addressMark}-${random.int(1, 300)}@players.example`
    : // So few players that they reach the limit, and new ones in every round.
      `${addressMark}-${round}-${random.int(1, 12)}@players.example`

/** Sends one play after another until `isOver`. */
const player = async (arena: Arena, random: Seeded, round: number, worker: number, isOver: () => boolean) => {
  for (let number = 0; !isOver(); number++) {
    const choices = random.fork(number)
    const game = choices.pick(games)
    const isKeyed = choices.chance(0.85)
    const play: Play = {
      game: game.slug,
      email: emailOf(game, round, choices),
      key: isKeyed ? `play-${round}-${worker}-${number}` : undefined
    }
    const first = choices.int(0, arena.replicas.length - 1)
    const step = `round ${round}, player ${worker}, play ${number}`
    if (!isKeyed) {
      await send(arena, play, first, step)
    } else if (choices.chance(0.1)) {
      // Sent twice at the same moment, as impatient pages do.
      const other = choices.int(0, arena.replicas.length - 1)
      await Promise.all([insist(arena, play, first, step), insist(arena, play, other, step)])
    } else {
      await insist(arena, play, first, step)
    }
  }
}

/** Starts this many players. Returns a function that stops them and waits for the answers to everything they sent. */
export const startPlayers = (arena: Arena, random: Seeded, round: number, count: number): (() => Promise<void>) => {
  let isOver = false
  const done = Promise.all(
    Array.from({ length: count }, (_, worker) => player(arena, random.fork(worker), round, worker, () => isOver))
  )
  return async () => {
    isOver = true
    await done
  }
}

/** Repeats some of the answered plays, each at any replica. The answers must be the same. */
export const repeatPlays = async (arena: Arena, plays: ReadonlyArray<Acknowledged>, random: Seeded, step: string) => {
  for (const play of plays) {
    if (play.key === undefined) continue
    const before = arena.promised.plays.length
    const answer = await insist(arena, play, random.int(0, arena.replicas.length - 1), step)
    // The first request has already been remembered.
    arena.promised.plays.length = before
    if (answer?.status !== 201) {
      arena.findings.add({
        invariant: "repetition",
        step,
        what: `the key ${play.key} was answered with 201, and again with ${answer?.status}`
      })
      continue
    }
    for (const what of repetitionFaults(play, acknowledgement(play, answer))) {
      arena.findings.add({ invariant: "repetition", step, what })
    }
  }
}
