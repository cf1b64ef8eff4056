import { Effect } from "effect"
import { forLog } from "../../platform/observe/Redaction.ts"
import { roomFor } from "../CallEnd.ts"
import { monotonicMillis } from "../../platform/Monotonic.ts"
import type { Mailability } from "../Verdict.ts"
import { type EspError, existed, type Registration } from "../EspClient.ts"

/** How long a follow-up may take in all: half of what a page waits for its verdict (ESP_DEADLINE) is left for the create. */
const budget = 700

/** After a create that took longer than this nothing follows: the provider is slow, and the verdict is late already. */
const patience = 2000

/**
 * What a contact gets that the provider held already: its tags, its attributes, its list, by calls after the conflict.
 *
 * The verdict stands with the conflict, so none of it can fail or hold up the call: whatever goes wrong is logged, and the
 * rest is left undone. It has a time limit of its own, since the guard's would take the verdict with it: after a call that
 * timed out, "existed" is taken for our own doing and becomes `created`. Where that leaves less, it has less.
 *
 * It runs within the call and in its slot, one request after the other, so that the provider's limits hold for it. It is
 * done at most once and never made good later: a contact has one verdict, and what follows it is a courtesy to the brand's
 * segments, which is worth neither a play's deadline nor a queue of its own.
 *
 * `work` says by `learn` what the provider tells of the contact; that is kept even where later requests fail.
 */
export const followUp = Effect.fnUntraced(function* (
  conflict: { readonly start: number; readonly mailability: Mailability },
  work: (learn: (mailability: Mailability) => void) => Effect.Effect<void, EspError>
): Effect.fn.Return<Registration> {
  let { mailability } = conflict
  const room = yield* roomFor(budget)
  if (room <= 0 || (yield* monotonicMillis) - conflict.start > patience) {
    yield* Effect.logWarning("The ESP is slow: an existing contact was left as it is")
    return existed(mailability)
  }
  yield* work((learnt) => {
    mailability = learnt
  }).pipe(
    Effect.timeoutOrElse({
      duration: room,
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
