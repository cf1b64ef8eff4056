import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { addGames } from "../../attack/load/Games.ts"
import type { Acknowledged } from "../../attack/invariants/Plays.ts"
import { checkCounts, type Checked, checkPlays, checkTasks } from "../../attack/run/Checks.ts"
import { findings } from "../../attack/run/Findings.ts"
import { tally } from "../../attack/run/Tally.ts"
import { connected } from "../../attack/target/Database.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const run = (...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>((resume) => {
    const child = execFile(process.execPath, ["attack/main.ts", ...args], (error, stdout, stderr) =>
      resume(Effect.succeed({ code: error === null ? 0 : error.code, stdout, stderr }))
    )
    return Effect.sync(() => void child.kill("SIGTERM"))
  })

it.live(
  "a short attack finds nothing, and says what it did",
  () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run("--seed", "34", "--rounds", "2", "--cases", "8")
      assert.strictEqual(code, 0, stdout + stderr)
      assert.match(stdout, /^Seed 34$/m)
      assert.match(stdout, /Answered: {3}\d{2,} plays, \d+ tasks/)
      assert.match(stdout, /Found: {6}nothing/)
    }),
  // Three processes and a database start and restart; the rest is seconds.
  300_000
)

const email = "nora@players.example"
const playedAt = "2026-11-20T10:00:00.000Z"

/** Stores plays of one player with these numbers and keys, and an entry that counts so many; gives what is right to answer. */
const store = async (
  { database }: Checked,
  game: string,
  counted: number,
  plays: ReadonlyArray<{ readonly number: number; readonly key: string }>
): Promise<ReadonlyArray<Acknowledged>> => {
  const player = randomUUID()
  await database.query("insert into player (id, email_key, email, created_at) values ($1, $2, $2, now())", [
    player,
    email
  ])
  await database.query(
    `insert into entry (player_id, game_id, plays, granted, period_plays, created_at, updated_at)
     select $1, id, $2, 0, 0, now(), now() from game where slug = $3`,
    [player, counted, game]
  )
  const stored: Array<Acknowledged> = []
  for (const { key, number } of plays) {
    const id = randomUUID()
    await database.query(
      `insert into play (id, player_id, game_id, number, esp, played_at, data)
       select $1, $2, id, $3, 'sandbox', $4, jsonb_build_object('key', $5::text) from game where slug = $6`,
      [id, player, number, playedAt, key, game]
    )
    stored.push({ game, email, key, id, plays: number, playedBefore: number > 1, playedAt })
  }
  return stored
}

/** What is found in a fresh database with what was planted there. */
const found = (plant: (checked: Checked) => Promise<ReadonlyArray<Acknowledged>>) =>
  Effect.gen(function* () {
    const checked: Checked = {
      database: connected(yield* TestDatabase.makeUrl),
      findings: findings(() => undefined),
      tally: tally(),
      promised: { plays: [], tasks: [], ends: new Map() }
    }
    yield* Effect.promise(async () => {
      await addGames(checked.database)
      await checkPlays(checked, await plant(checked), "a test")
      await checkCounts(checked, "a test")
      await checkTasks(checked, "a test")
    })
    return checked.findings.all.map(({ invariant }) => invariant)
  })

const three = [1, 2, 3].map((number) => ({ number, key: `key-${number}` }))

it.live("what is stored in order is found in order", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* found((checked) => store(checked, "thrice", 3, three)), [])
  })
)

it.live("each planted fault is found, and no other", () =>
  Effect.gen(function* () {
    const lost = yield* found(async (checked) => {
      const stored = await store(checked, "free", 3, three)
      return [...stored, { ...stored[0]!, id: randomUUID(), key: "lost" }]
    })
    assert.deepStrictEqual(lost, ["answered is stored once"])
    assert.deepStrictEqual(yield* found((checked) => store(checked, "free", 4, three)), ["numbers without gaps"])
    const gap = three.map(({ key, number }) => ({ key, number: number + 1 }))
    assert.deepStrictEqual(yield* found((checked) => store(checked, "free", 3, gap)), ["numbers without gaps"])
    const twice = [...three, { number: 4, key: "key-1" }]
    assert.deepStrictEqual(yield* found(async (checked) => (await store(checked, "free", 4, twice)).slice(1)), [
      "no key counted twice"
    ])
    assert.deepStrictEqual(yield* found((checked) => store(checked, "once", 3, three)), ["limits held"])
    const task = yield* found(async ({ database, promised }) => {
      promised.tasks.push({ id: randomUUID(), key: "lost" })
      await database.query(
        `insert into task (id, kind, status, priority, input, attempts, version, run_at, created_at, updated_at)
         values ($1, 'truth-or-dare', 'queued', 'normal', '{}', 0, 1, now(), now(), now())`,
        [randomUUID()]
      )
      return []
    })
    assert.deepStrictEqual(task, ["tasks kept", "tasks kept"])
  })
)
