import type pg from "pg"
import { type Job, PgBoss } from "pg-boss"
import { uuidV7At } from "../../src/platform/Ids.ts"
import { type BenchInput, noteStart, obey, ready } from "../tasks/Wire.ts"
import { makePool, named } from "./Database.ts"

/**
 * The same work on pg-boss: a task's row and its job in one transaction, the row `running` when the task starts, its content
 * and result written when it ends. One statement writes the rows of a batch, the cheapest way that pg-boss allows.
 */
const url = process.env["DATABASE_URL"] ?? ""
const workers = Number(process.env["WORKERS"] ?? "32")
/**
 * 32 jobs at once, as 8 pollers of 4. One process then ran 900 to 1,000 no-op tasks per second; 800 to 900 with 4 pollers of
 * 8, and half as many with 16 of 2 or 1 of 32. With 32 of 1, a backlog waits for the next poll: pg-boss only continues at
 * once after a full batch.
 */
const batchSize = 4

const queue = "bench"

interface JobData extends BenchInput {
  readonly id: string
}

const pool = makePool(url)
const boss = new PgBoss({
  connectionString: url,
  max: 10,
  useListenNotify: true,
  // The shortest times after which pg-boss detects a dead worker.
  superviseIntervalSeconds: 5,
  monitorIntervalSeconds: 5,
  schedule: false
})
boss.on("error", (error) => console.error(error.message))

const insert = named(
  "insert_task",
  `insert into task (id, kind, status, priority, input, attempts, version, run_at, created_at, updated_at)
   values ($1, 'bench', 'queued', 'normal', $2, 0, 1, now(), now(), now())`
)
const begin = named(
  "begin_tasks",
  `update task set status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()), updated_at = now(),
     version = version + 1
   where id = any($1::uuid[]) and status in ('queued', 'running')`
)
const end = named(
  "end_tasks",
  `update task set status = 'succeeded', content = $2, finished_at = now(), updated_at = now(), version = version + 1
   where id = any($1::uuid[]) and status = 'running'`
)

const on = (client: Pick<pg.PoolClient, "query">) => ({
  executeSql: (text: string, values?: Array<unknown>) => client.query<Record<string, unknown>>(text, values)
})

const submit = async (input: BenchInput): Promise<void> => {
  const client = await pool.connect()
  try {
    const id = uuidV7At(Date.now())
    await client.query("begin")
    await client.query(insert([id, JSON.stringify(input)]))
    await boss.send(queue, { ...input, id } satisfies JobData, { db: on(client) })
    await client.query("commit")
  } catch (error) {
    await client.query("rollback")
    throw error
  } finally {
    client.release()
  }
}

const handle = async (jobs: ReadonlyArray<Job<JobData>>): Promise<void> => {
  for (const { data } of jobs) noteStart(data)
  const ids = jobs.map(({ data }) => data.id)
  await pool.query(begin([ids]))
  const millis = Math.max(...jobs.map(({ data }) => data.millis))
  if (millis > 0) await new Promise((resolve) => setTimeout(resolve, millis))
  await pool.query(end([ids, JSON.stringify({ pid: process.pid })]))
}

await boss.start()
await boss.createQueue(queue, {
  notify: true,
  retryLimit: 10,
  retryDelay: 0,
  // The shortest that pg-boss allows.
  heartbeatSeconds: 10
})
if (workers > 0) {
  await boss.work<JobData>(
    queue,
    {
      batchSize,
      localConcurrency: Math.max(1, Math.floor(workers / batchSize)),
      burstWhenBatchFull: true,
      // A fallback for lost notifications; pg-boss's default is 30.
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 1
    },
    handle
  )
}
obey(submit)
ready()
process.on("SIGTERM", () => {
  void boss.stop({ graceful: false }).finally(() => process.exit(0))
})
