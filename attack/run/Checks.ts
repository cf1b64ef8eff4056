import { games } from "../load/Games.ts"
import {
  acknowledgedFaults,
  type Acknowledged,
  type EntrySum,
  keyFaults,
  limitFaults,
  numberFaults,
  type StoredPlay
} from "../invariants/Plays.ts"
import { type Accepted, type SeenEnd, type StoredTask, taskFaults } from "../invariants/Tasks.ts"
import type { Connected } from "../target/Database.ts"
import type { Findings } from "./Findings.ts"
import type { Tally } from "./Tally.ts"

/** What the service has promised so far, to be checked against the database. */
export interface Promised {
  readonly plays: Array<Acknowledged>
  readonly tasks: Array<Accepted>
  readonly ends: Map<string, SeenEnd>
}

/** The part of an arena that the checks need. */
export interface Checked {
  readonly database: Connected
  readonly findings: Findings
  readonly tally: Tally
  readonly promised: Promised
}

const plays = `
  select play.id, game.slug as game, player.email_key as email, play.data ->> 'key' as key, play.number,
         play.played_at as "playedAt"
  from play join game on game.id = play.game_id join player on player.id = play.player_id`

const report = (arena: Checked, invariant: string, step: string, faults: ReadonlyArray<string>) => {
  arena.tally.count("invariants", invariant)
  for (const what of faults) arena.findings.add({ invariant, step, what })
}

/** Checks that the plays answered in a round are stored exactly once, as answered. */
export const checkPlays = async (
  arena: Checked,
  acknowledged: ReadonlyArray<Acknowledged>,
  step: string
): Promise<void> => {
  const stored = await arena.database.query<StoredPlay>(`${plays} where play.id = any($1)`, [
    acknowledged.map(({ id }) => id)
  ])
  report(arena, "answered is stored once", step, acknowledgedFaults(acknowledged, stored))
}

/** Checks all stored plays: each key counts once, the plays of each entry are 1, 2, 3…, and limits hold. */
export const checkCounts = async (arena: Checked, step: string): Promise<void> => {
  const { database } = arena
  report(
    arena,
    "numbers without gaps",
    step,
    numberFaults(
      await database.query<EntrySum>(`
        select game.slug as game, player.email_key as email, entry.plays, coalesce(sums.stored, 0)::int as stored,
               coalesce(sums.distinct, 0)::int as distinct, coalesce(sums.lowest, 0) as lowest, coalesce(sums.highest, 0) as highest
        from entry
        full join (
          select player_id, game_id, count(*) as stored, count(distinct number) as distinct, min(number) as lowest, max(number) as highest
          from play group by player_id, game_id
        ) sums using (player_id, game_id)
        join game on game.id = game_id
        join player on player.id = player_id
        where entry.plays is distinct from sums.stored or sums.distinct <> sums.stored or sums.lowest <> 1 or sums.highest <> sums.stored`)
    )
  )
  report(
    arena,
    "no key counted twice",
    step,
    keyFaults(
      await database.query<{ key: string; plays: number }>(`
        select game_id || ' ' || (data ->> 'key') as key, count(*)::int as plays from play
        where data ->> 'key' is not null group by 1 having count(*) > 1`)
    )
  )
  for (const { limit, slug } of games) {
    if (limit === undefined) continue
    const stored = await database.query<StoredPlay>(
      `${plays} where game.slug = $1 order by player.email_key, play.number`,
      [slug]
    )
    const faults = [...Map.groupBy(stored, ({ email }) => email).values()].flatMap((own) => limitFaults(limit, own))
    report(arena, "limits held", step, faults)
  }
}

/** Checks that accepted tasks exist, that only open ones are in the queue, and that each has the end that was seen. */
export const checkTasks = async (arena: Checked, step: string): Promise<void> => {
  const stored = await arena.database.query<StoredTask>(`
    select task.id, task.idempotency_key as key, task.status, task.content, task.attempts, queue.task_id is not null as "isQueued"
    from task left join task_queue queue on queue.task_id = task.id`)
  report(arena, "tasks kept", step, taskFaults(arena.promised.tasks, [...arena.promised.ends.values()], stored))
}
