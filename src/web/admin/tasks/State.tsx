import { DateTime } from "effect"
import type { TaskRecord } from "../../../tasks/TaskRecord.ts"
import { taskKinds } from "../../../tasks/TaskKinds.ts"
import { useFormat, useWords } from "../Speech.tsx"
import { Badge, type Tone } from "../ui/Badge.tsx"
import { useNow } from "../ui/Time.tsx"
import { fill } from "../words/Words.ts"

const tones = {
  queued: "mute",
  running: "info",
  succeeded: "good",
  failed: "bad",
  cancelled: "gold"
} as const satisfies Record<TaskRecord["status"], Tone>

export const StatusBadge = ({ status }: { readonly status: TaskRecord["status"] }) => (
  <Badge tone={tones[status]}>{useWords().tasks.status[status]}</Badge>
)

/** The kind for people; the name itself where this version does not know it. */
export const useKindTitle = (): ((name: string) => string) => {
  const words: Readonly<Record<string, string>> = useWords().tasks.kinds
  return (name) => words[name] ?? taskKinds.find((kind) => kind.name === name)?.title ?? name
}

/** How far a task is, as a bar where that is known. */
export const Progress = ({
  progress,
  title
}: {
  readonly progress: TaskRecord["progress"]
  readonly title: string
}) => {
  const format = useFormat()
  if (progress === null) return null
  const { fraction, message } = progress
  return (
    <span className="progress">
      {fraction === null ? null : (
        <span className="row" style={{ flexWrap: "nowrap" }}>
          <span
            className="progress-bar"
            role="progressbar"
            aria-label={title}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(fraction * 100)}
          >
            <span style={{ inlineSize: `${fraction * 100}%` }} />
          </span>
          <span className="small figures">{format.percent(fraction)}</span>
        </span>
      )}
      {message === "" ? null : <span className="small quiet progress-text">{message}</span>}
    </span>
  )
}

/** A task that might have begun this long ago waits longer than it should. */
const long = 5 * 60_000

/** What there is to say of a task in one line: how far it is, what went wrong, or what it waits for. */
export const Doing = ({ task }: { readonly task: TaskRecord }) => {
  const words = useWords()
  const format = useFormat()
  const now = useNow()
  const { attempts, error, progress, runAt, status } = task
  const due = DateTime.toEpochMillis(runAt)
  if (status === "running" && progress !== null) return <Progress progress={progress} title={words.tasks.progress} />
  if (status === "queued" && due > now) {
    return (
      <span className="small quiet">
        {fill(attempts === 0 ? words.tasks.scheduled : words.tasks.nextAttempt, { time: format.relative(due, now) })}
      </span>
    )
  }
  if (status === "queued" && now - due > long) return <Badge tone="gold">{words.tasks.waitsLong}</Badge>
  const meanings: Readonly<Record<string, string>> = words.tasks.codes
  if (error !== null) {
    return <span className="small quiet progress-text">{error.detail ?? meanings[error.code] ?? error.code}</span>
  }
  return <span className="quiet">{words.shell.none}</span>
}
