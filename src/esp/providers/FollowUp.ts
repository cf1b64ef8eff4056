import { Effect } from "effect"
import { forLog } from "../../platform/observe/Redaction.ts"
import { timeLeft } from "../CallEnd.ts"
import { monotonicMillis } from "../../platform/Monotonic.ts"
import type { Mailability } from "../Verdict.ts"
import { type EspError, existed, type Registration } from "../EspClient.ts"

/** Milliseconds for a whole follow-up. Leaves the create half of the time that a page waits for its verdict (ESP_DEADLINE). */
const budget = 700

/** After a create that took more milliseconds than this there is no follow-up: the provider is slow and the verdict is late. */
const slowCreate = 2000

/**
 * Updates a contact that the provider already held, by requests after the conflict: its tags, its attributes, its list.
 *
 * The conflict has decided the verdict, so a follow-up must not fail or delay the call: errors are logged, and the remaining
 * requests are dropped. It has its own timeout, shortened to the time left before the guard's, because the guard's timeout
 * would discard the verdict: after a call that timed out, "existed" counts as our own write and becomes `created`.
 *
 * It runs within the call and its slot, one request after the other, so that the provider's limits cover it. It runs at most
 * once and is never retried: a contact has one verdict, and the update is a courtesy to the brand's segments that justifies
 * neither a missed deadline nor a queue of its own.
 *
 * `work` calls `learn` with the mailability that the provider reports; it is kept even when later requests fail.
 */
export const followUp = Effect.fnUntraced(function* (
  conflict: { readonly start: number; readonly mailability: Mailability },
  work: (learn: (mailability: Mailability) => void) => Effect.Effect<void, EspError>
): Effect.fn.Return<Registration> {
  let { mailability } = conflict
  const left = yield* timeLeft(budget)
  if (left <= 0 || (yield* monotonicMillis) - conflict.start > slowCreate) {
    yield* Effect.logWarning("The ESP is slow: an existing contact was left as it is")
    return existed(mailability)
  }
  yield* work((learnt) => {
    mailability = learnt
  }).pipe(
    Effect.timeoutOrElse({
      duration: left,
      orElse: () =>
        Effect.logWarning("The ESP is slow: an existing contact was brought up to date in part or not at all")
    }),
    Effect.catch((error) =>
      Effect.logWarning("An existing contact could not be brought up to date at the ESP", {
        error: error._tag,
        reason: error.reason
      })
    ),
    Effect.catchCause((cause) => Effect.logError("What follows a conflict has a defect", forLog(cause)))
  )
  return existed(mailability)
})
