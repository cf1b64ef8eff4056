import { Context, Effect, Latch, Layer } from "effect"

/** Tells this process's background that mails were stored. Other replicas find them when they look by themselves. */
export class MailWaking extends Context.Service<
  MailWaking,
  {
    readonly wake: Effect.Effect<void>
    /** Waits until mails were stored since the last time. */
    readonly woken: Effect.Effect<void>
  }
>()("fairground/mail/MailWaking") {
  static readonly layer = Layer.sync(MailWaking, () => {
    const latch = Latch.makeUnsafe(false)
    return MailWaking.of({
      wake: Effect.sync(() => latch.openUnsafe()),
      woken: Effect.andThen(
        latch.await,
        Effect.sync(() => latch.closeUnsafe())
      )
    })
  })
}
