import { Effect, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { TaskFailure } from "../../../src/tasks/TaskErrors.ts"
import { type Attempt, taskKind } from "../../../src/tasks/TaskKind.ts"

const Input = Schema.Struct({
  /** How long it works. */
  millis: Schema.optionalKey(Schema.Int),
  /** `hangs`: never ends and cannot be interrupted. `fails`: always. `steps`: reports progress until it is told to end. */
  does: Schema.optionalKey(Schema.Literals(["hangs", "waits", "fails", "steps"]))
}).annotate({ identifier: "ProbeInput", description: "What to do.", examples: [{ millis: 5 }] })

const Content = Schema.Struct({ pid: Schema.Int, attempt: Schema.Int }).annotate({
  identifier: "ProbeContent",
  description: "Who did it.",
  examples: [{ pid: 1, attempt: 1 }]
})

/** Behaves as its input says, and records each attempt and each end in a table `probe`. */
const runner = Effect.map(SqlClient.SqlClient, (sql) => {
  const note = (attempt: Attempt<unknown>, what: string) =>
    Effect.orDie(
      sql`insert into probe (task_id, attempt, pid, what) values (${attempt.taskId}, ${attempt.number}, ${process.pid}, ${what})`
    )
  return Effect.fnUntraced(function* (attempt: Attempt<typeof Input.Type>) {
    yield* note(attempt, "begun")
    const { does, millis } = attempt.input
    if (does === "hangs") return yield* Effect.uninterruptible(Effect.never)
    if (does === "waits") return yield* Effect.onInterrupt(Effect.never, () => note(attempt, "interrupted"))
    if (does === "fails") return yield* TaskFailure.passing("busy", "It fails each time.")
    if (does === "steps") {
      for (let step = 1; ; step++) {
        yield* attempt.report({ fraction: 1 - 1 / step, message: `step ${step}` })
        const told = yield* Effect.orDie(sql`select 1 from probe where task_id = ${attempt.taskId} and what = 'end'`)
        if (told.length > 0) break
        yield* Effect.sleep("50 millis")
      }
    }
    if (millis !== undefined) yield* Effect.sleep(millis)
    yield* note(attempt, "done")
    return { pid: process.pid, attempt: attempt.number }
  })
})

const kind = <const Name extends string>(name: Name, concurrency: number | null) =>
  taskKind({
    name,
    title: "Probe",
    description: "Does as it is told.",
    isPublic: true,
    input: Input,
    content: Content,
    errors: { busy: "It was told to fail." },
    attempts: 4,
    retry: Schedule.spaced("100 millis"),
    timeout: "1 minute",
    concurrency,
    runner
  })

/** The task kinds of the test process. */
export const probeKinds = [
  kind("probe", null),
  kind("narrow", 2),
  { ...kind("hasty", null), timeout: "300 millis", attempts: 2 },
  { ...kind("patient", null), retry: Schedule.spaced("10 seconds") },
  { ...kind("private", null), isPublic: false }
] as const
