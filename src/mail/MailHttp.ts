import { Effect, Layer } from "effect"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { ValidationFailed } from "../platform/contract/Problems.ts"
import { MailsApi } from "./MailsApi.ts"
import { MailSuppressionsApi } from "./MailSuppressionsApi.ts"
import { factsOf } from "./Message.ts"
import { Outbox } from "./Outbox.ts"
import type { Suppression } from "./Suppression.ts"

const suppressionOf = ({ emailKey, ...rest }: Suppression) => ({ ...rest, email: emailKey })

const withoutKind = new ValidationFailed({
  errors: [{ path: ["query", "aboutKind"], message: "Required with `aboutId`" }]
})

const mails = Handlers.group(
  contractOf(MailsApi),
  "mails",
  Effect.fnUntraced(function* (handlers) {
    const outbox = yield* Outbox
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { aboutId, aboutKind, cursor, ...rest } = query
        // Left alone it would choose nothing, and so show all mails to whoever asked for those about one thing.
        if (aboutId !== undefined && aboutKind === undefined) return yield* withoutKind
        const page = yield* outbox.list({
          ...rest,
          after: cursor,
          about: aboutKind === undefined ? undefined : { kind: aboutKind, id: aboutId }
        })
        return { ...page, items: page.items.map(factsOf) }
      }),
      get: ({ params }) => Effect.map(outbox.find(params.id), factsOf),
      preview: ({ params }) => outbox.preview(params.id),
      resend: ({ params }) => Effect.map(outbox.resend(params.id), factsOf)
    })
  })
)

const suppressions = Handlers.group(
  contractOf(MailSuppressionsApi),
  "mailSuppressions",
  Effect.fnUntraced(function* (handlers) {
    const outbox = yield* Outbox
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { cursor: after, ...rest } = query
        const page = yield* outbox.suppressions({ ...rest, after })
        return { ...page, items: page.items.map(suppressionOf) }
      }),
      delete: ({ params }) => outbox.lift(params.id)
    })
  })
)

export const layer = Layer.merge(mails, suppressions)
