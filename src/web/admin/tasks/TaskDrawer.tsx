import type { DateTime } from "effect"
import { Fragment, useState } from "react"
import { isFinal, type TaskId } from "../../../tasks/Task.ts"
import type { TaskRecord } from "../../../tasks/TaskRecord.ts"
import { Client, nothing, useAction, useQuery } from "../Client.ts"
import { useMay } from "../Identity.tsx"
import { useFormat, useWords } from "../Speech.tsx"
import { Button } from "../ui/Button.tsx"
import { Code, Copy } from "../ui/Copy.tsx"
import { Deed } from "../ui/Deed.tsx"
import { Drawer } from "../ui/Dialog.tsx"
import { Empty } from "../ui/Empty.tsx"
import { FaultNote } from "../ui/Fault.tsx"
import { Icon } from "../ui/Icons.tsx"
import { rowId } from "../ui/List.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Skeleton } from "../ui/Skeleton.tsx"
import { Time } from "../ui/Time.tsx"
import { say } from "../ui/Toast.tsx"
import { fill } from "../words/Words.ts"
import { following } from "./Following.ts"
import { Progress, StatusBadge, useKindTitle } from "./State.tsx"

const Facts = ({ task }: { readonly task: TaskRecord }) => {
  const words = useWords().tasks
  const format = useFormat()
  return (
    <dl className="facts">
      <div>
        <dt>{words.statusTitle}</dt>
        <dd>
          <StatusBadge status={task.status} />
        </dd>
      </div>
      <div>
        <dt>{words.attempts}</dt>
        <dd>{format.number(task.attempts)}</dd>
      </div>
      <div>
        <dt>{words.priorityTitle}</dt>
        <dd>{words.priority[task.priority]}</dd>
      </div>
      <div>
        <dt>{words.kindName}</dt>
        <dd>
          <code dir="ltr">{task.kind}</code>
        </dd>
      </div>
      {task.progress === null || isFinal(task.status) ? null : (
        <div className="all">
          <dt>{words.progress}</dt>
          <dd>
            <Progress progress={task.progress} title={words.progress} />
          </dd>
        </div>
      )}
      <div className="all">
        <dt>{words.id}</dt>
        <dd>
          <Copy text={task.id} />
        </dd>
      </div>
    </dl>
  )
}

interface Step {
  readonly title: string
  readonly at: DateTime.Utc
  readonly tone?: "good" | "bad" | "info"
}

const Timeline = ({ task }: { readonly task: TaskRecord }) => {
  const words = useWords().tasks
  const format = useFormat()
  const { createdAt, finishedAt, runAt, startedAt, status } = task
  const created = createdAt.epochMilliseconds
  const steps: ReadonlyArray<Step> = [
    { title: words.handedIn, at: createdAt },
    // Of one that has been attempted, `runAt` is when the latest attempt might begin.
    ...(startedAt === null && runAt.epochMilliseconds > created + 1000 ? [{ title: words.mayBegin, at: runAt }] : []),
    ...(startedAt === null ? [] : [{ title: words.begun, at: startedAt, tone: "info" as const }]),
    ...(startedAt !== null && status === "queued" ? [{ title: words.nextMayBegin, at: runAt }] : []),
    ...(finishedAt === null || status === "queued" || status === "running"
      ? []
      : [
          {
            title: words.ended[status],
            at: finishedAt,
            ...(status === "succeeded"
              ? { tone: "good" as const }
              : status === "failed"
                ? { tone: "bad" as const }
                : {})
          }
        ])
  ]
  return (
    <section className="section" aria-labelledby="task-timeline">
      <h3 id="task-timeline">{words.timeline}</h3>
      <ol className="timeline">
        {steps.map(({ at, title, tone }) => (
          <li key={title} className={tone}>
            <span>{title}</span>
            <span className="quiet small figures">
              <Time at={at} isExact />
            </span>
          </li>
        ))}
      </ol>
      {startedAt !== null && finishedAt !== null ? (
        <p className="quiet small">
          {fill(words.took, {
            waited: format.seconds(Math.max(0, startedAt.epochMilliseconds - created) / 1000),
            worked: format.seconds(Math.max(0, finishedAt.epochMilliseconds - startedAt.epochMilliseconds) / 1000)
          })}
        </p>
      ) : null}
    </section>
  )
}

const Fault = ({ task }: { readonly task: TaskRecord }) => {
  const words = useWords().tasks
  if (task.error === null) return null
  const { code, detail } = task.error
  const meanings: Readonly<Record<string, string>> = words.codes
  return (
    <section className="section" aria-labelledby="task-error">
      <h3 id="task-error">{task.status === "failed" ? words.error : words.lastError}</h3>
      <div className={task.status === "failed" ? "note bad" : "note"}>
        <Icon name="warning" />
        <div style={{ overflowWrap: "anywhere", minInlineSize: 0 }}>
          <strong>{meanings[code] ?? detail ?? code}</strong>
          {detail === null || meanings[code] === undefined ? null : <p>{detail}</p>}
          <p className="small">
            <code dir="ltr">{code}</code>
          </p>
        </div>
      </div>
    </section>
  )
}

const Json = (props: { readonly title: string; readonly name: string; readonly value: unknown }) => (
  <section className="section" aria-labelledby={`task-${props.name}`}>
    <h3 id={`task-${props.name}`}>{props.title}</h3>
    <Code
      label={fill(useWords().tasks.json, { title: props.title })}
      text={JSON.stringify(props.value, undefined, 2)}
    />
  </section>
)

/** Has the same done once more, as a new task. */
const Repeat = (props: { readonly task: TaskRecord; readonly name: string; readonly onOpen: (id: TaskId) => void }) => {
  const words = useWords().tasks
  // The same while the dialog is open: should an answer be lost, asking once more makes no second task.
  const [key, setKey] = useState("")
  const repeat = useAction(
    (client, id: TaskId) => client.tasks.repeat({ params: { id }, headers: { "idempotency-key": key } }),
    ["tasks"]
  )
  return (
    <Deed
      icon="copy"
      label={words.repeat}
      title={fill(words.repeatTitle, { task: props.name })}
      lead={words.repeatLead}
      action={repeat}
      request={props.task.id}
      onAsk={() => setKey(crypto.randomUUID())}
      onDone={({ body }) => {
        say(words.repeated)
        props.onOpen(body.id)
      }}
    />
  )
}

const Retry = ({ id }: { readonly id: TaskId }) => {
  const words = useWords().tasks
  const retry = useAction((client, of: TaskId) => client.tasks.retry({ params: { id: of } }), ["tasks"])
  return (
    <>
      {retry.cause === undefined ? null : <FaultNote cause={retry.cause} />}
      <Button
        icon="reset"
        isWaiting={retry.isWaiting}
        onClick={() => void retry.run(id).then(({ isDone }) => (isDone ? say(words.retried) : undefined))}
      >
        {words.retry}
      </Button>
    </>
  )
}

const Cancel = ({ id, name }: { readonly id: TaskId; readonly name: string }) => {
  const words = useWords().tasks
  const cancel = useAction((client, of: TaskId) => client.tasks.cancel({ params: { id: of } }), ["tasks"])
  return (
    <Deed
      look="danger"
      icon="close"
      isDanger
      label={words.cancel}
      title={fill(words.cancelTitle, { task: name })}
      lead={words.cancelLead}
      action={cancel}
      request={id}
      onDone={() => say(words.cancelled)}
    />
  )
}

/** All that is stored of a task, as it goes on. Open while there is an `id`. */
export const TaskDrawer = (props: {
  readonly id: TaskId | undefined
  /** Opens another one in its place. */
  readonly onOpen: (id: TaskId) => void
  readonly onClose: () => void
}) => {
  const words = useWords().tasks
  const may = useMay()
  const titleOf = useKindTitle()
  const { id, onClose, onOpen } = props
  const found = useQuery(
    id === undefined
      ? nothing
      : Client.query("tasks", "list", { query: { cursor: following(id), limit: 1 }, reactivityKeys: ["tasks"] })
  )
  const task = found.value?.items.find((one) => one.id === id)
  const name = task === undefined ? words.one : titleOf(task.kind)
  return (
    <Drawer
      isOpen={id !== undefined}
      title={name}
      onClose={onClose}
      returnTo={id === undefined ? undefined : rowId(id)}
      foot={
        task === undefined || !may("tasks:write") ? undefined : isFinal(task.status) ? (
          <Fragment key={task.id}>
            {task.status === "succeeded" ? null : <Retry id={task.id} />}
            <Repeat task={task} name={name} onOpen={onOpen} />
          </Fragment>
        ) : (
          <Cancel key={task.id} id={task.id} name={name} />
        )
      }
    >
      {id === undefined ? null : (
        <Loaded query={found} skeleton={<Skeleton rows={6} height={26} />}>
          {() =>
            task === undefined ? (
              <Empty icon="tasks" title={words.unknownTitle} lead={words.unknownLead} />
            ) : (
              <div className="sections">
                <Facts task={task} />
                <Fault task={task} />
                <Timeline task={task} />
                {task.content === null ? null : <Json name="content" title={words.content} value={task.content} />}
                <Json name="input" title={words.input} value={task.input} />
              </div>
            )
          }
        </Loaded>
      )}
    </Drawer>
  )
}
