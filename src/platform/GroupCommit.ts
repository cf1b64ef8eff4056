import { type Cause, Clock, Deferred, Effect, Fiber, Metric, Queue, Schema, type Scope, type Tracer } from "effect"
import { spanOf, spans } from "./observe/Spans.ts"

/** The queue is full. The item was not accepted. */
export class QueueFull extends Schema.TaggedError<QueueFull>()("QueueFull", {}) {}

export interface Options<A, B, E> {
  /** Names spans and the `queue` attribute of metrics. */
  readonly name: string
  /** How many items may wait. */
  readonly capacity: number
  /** How many items a batch holds at most. */
  readonly maxBatch: number
  /** How many batches may run at once. */
  readonly writers: number
  /**
   * Runs a batch and returns one outcome per item, in the order of the items. An outcome that is not known yet is an
   * effect that waits for it; it does not hold up the other items.
   */
  readonly run: (batch: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Effect.Effect<B, E>>, E>
  /** Whether what one item holds made its whole batch fail: then each is carried out by itself, and that one fails alone. */
  readonly isSpoilt?: (cause: Cause.Cause<E>) => boolean
}

export interface GroupCommit<A, B, E> {
  /** Waits for the outcome of this item. Interrupting the wait does not withdraw the item. */
  readonly submit: (item: A) => Effect.Effect<B, E | QueueFull>
  readonly isFull: Effect.Effect<boolean>
}

interface Waiting<A, B, E> {
  readonly item: A
  readonly since: number
  readonly span: Tracer.AnySpan | undefined
  readonly outcome: Deferred.Deferred<B, E>
}

const seconds = Metric.boundariesFromIterable([
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
])
const sizes = Metric.boundariesFromIterable([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096])

const metrics = (queue: string) => {
  const attributes = { queue }
  const histogram = (name: string, description: string, boundaries: ReadonlyArray<number>) =>
    Metric.withAttributes(Metric.histogram(name, { description, boundaries }), attributes)
  return {
    size: histogram("fairground_batch_size", "Items in a batch.", sizes),
    wait: histogram("fairground_batch_wait_seconds", "Time an item waited for its batch to begin.", seconds),
    commit: histogram("fairground_batch_commit_seconds", "Time a batch took, retries included.", seconds),
    depth: Metric.withAttributes(
      Metric.gauge("fairground_queue_depth", { description: "Items that wait for a batch." }),
      attributes
    ),
    rejected: Metric.withAttributes(
      Metric.counter("fairground_queue_rejected_total", {
        description: "Items refused because the queue was full.",
        incremental: true
      }),
      attributes
    )
  }
}

/**
 * Group commit: concurrent items share transactions. While one batch runs, the next one gathers. There is no timer, so
 * an item that comes alone starts at once. When the scope closes, the items that still wait are carried out first.
 */
export const make = Effect.fnUntraced(function* <A, B, E>(
  options: Options<A, B, E>
): Effect.fn.Return<GroupCommit<A, B, E>, never, Scope.Scope> {
  const queue = yield* Queue.dropping<Waiting<A, B, E>, Cause.Done>(options.capacity)
  const clock = yield* Clock.Clock
  const metric = metrics(options.name)
  const context = yield* Effect.context()
  const withSpan = yield* spans
  yield* Metric.update(metric.depth, 0)
  yield* Metric.update(metric.rejected, 0)

  const missing = Effect.die(new Error(`${options.name}: no outcome for an item of the batch`))

  const complete = (batch: ReadonlyArray<Waiting<A, B, E>>) => (outcomes: ReadonlyArray<Effect.Effect<B, E>>) => {
    batch.forEach(({ outcome }, index) => {
      Deferred.doneUnsafe(outcome, outcomes[index] ?? missing)
    })
  }

  const run = (items: ReadonlyArray<A>): ReturnType<typeof options.run> => {
    const { isSpoilt } = options
    // Suspended, so that an exception thrown by `run` is a defect of its batch and does not end the writer.
    const whole = Effect.suspend(() => options.run(items))
    if (isSpoilt === undefined || items.length === 1) return whole
    return Effect.catchCause(whole, (cause) =>
      isSpoilt(cause)
        ? Effect.forEach(items, (item) =>
            Effect.matchCause(run([item]), {
              onFailure: (alone): Effect.Effect<B, E> => Effect.failCause(alone),
              onSuccess: ([outcome]) => outcome ?? missing
            })
          )
        : Effect.failCause(cause)
    )
  }

  const carryOut = (batch: ReadonlyArray<Waiting<A, B, E>>) =>
    Effect.suspend(() => {
      const start = clock.currentTimeMillisUnsafe()
      metric.size.updateUnsafe(batch.length, context)
      metric.depth.updateUnsafe(Queue.sizeUnsafe(queue), context)
      for (const { since } of batch) metric.wait.updateUnsafe((start - since) / 1000, context)
      const [first, ...others] = batch.flatMap(({ span }) => (span === undefined ? [] : [span]))
      return run(batch.map(({ item }) => item)).pipe(
        // The batch's span is the child of one waiting request's span and links to the others.
        withSpan(`${options.name}.batch`, {
          ...(first === undefined ? { root: true } : { parent: first }),
          links: others.map((span) => ({ span, attributes: {} })),
          attributes: { "fairground.batch.size": batch.length }
        }),
        Effect.matchCause({
          onFailure: (cause) => batch.forEach(({ outcome }) => Deferred.doneUnsafe(outcome, Effect.failCause(cause))),
          onSuccess: complete(batch)
        }),
        Effect.andThen(
          Effect.sync(() => metric.commit.updateUnsafe((clock.currentTimeMillisUnsafe() - start) / 1000, context))
        )
      )
    })

  const writer = Queue.takeBetween(queue, 1, options.maxBatch).pipe(
    Effect.flatMap(carryOut),
    Effect.forever,
    // The queue has ended, and all its items have been carried out.
    Effect.ignore
  )
  yield* Effect.acquireRelease(Effect.replicateEffect(Effect.forkDetach(writer), options.writers), (fibers) =>
    Effect.andThen(Queue.end(queue), Fiber.awaitAll(fibers))
  )

  return {
    submit: (item) =>
      Effect.withFiber<B, E | QueueFull>((fiber) => {
        const outcome = Deferred.makeUnsafe<B, E>()
        const span = spanOf(fiber)
        if (!Queue.offerUnsafe(queue, { item, since: clock.currentTimeMillisUnsafe(), span, outcome })) {
          metric.rejected.updateUnsafe(1, context)
          return Effect.fail(new QueueFull({}))
        }
        return Deferred.await(outcome)
      }),
    isFull: Effect.sync(() => Queue.isFullUnsafe(queue))
  }
})
