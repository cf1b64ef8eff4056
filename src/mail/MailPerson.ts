import { Clock, Effect } from "effect"
import type { Person } from "../Module.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { nilUuid } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { Player } from "../players/Player.ts"
import { masked } from "./Composed.ts"
import * as MailPersonRepo from "./MailPersonRepo.ts"
import type { Message } from "./Message.ts"

const pageSize = 100

const exported = (mail: Message) => ({
  to: mail.recipient,
  subject: mail.subject,
  text: masked({ language: mail.language, bodyText: mail.bodyText ?? "", bodyHtml: "" }).text,
  status: mail.status,
  about: mail.aboutKind === null ? null : { kind: mail.aboutKind, id: mail.aboutId },
  createdAt: Moment.iso(mail.createdAt),
  endedAt: Moment.iso(mail.endedAt)
})

/**
 * Mails to the person's address, and whether it gets any.
 *
 * `forget` empties the mails, and deletes the blocks: an address that is not known cannot be kept from anything. An attempt to send
 * that is under way may still succeed.
 */
export const make = Effect.gen(function* () {
  const repo = yield* MailPersonRepo.make
  const retry = retryTransient((yield* Settings).databaseDeadline)

  const person: Person = {
    export: Effect.fn("MailPerson.export")(function* ({ emailKey }: Player) {
      const mails: Array<ReturnType<typeof exported>> = []
      for (let above = nilUuid; ;) {
        const page: ReadonlyArray<Message> = yield* retry(repo.mails(emailKey, above, pageSize))
        mails.push(...page.map(exported))
        const last = page.at(-1)
        if (last === undefined || page.length < pageSize) break
        above = last.id
      }
      const suppressions = yield* retry(repo.suppressions(emailKey))
      const [reader] = yield* retry(repo.reader(emailKey))
      return {
        mails,
        mailSuppressions: suppressions.map(({ createdAt, detail, emailKey, reason }) => ({
          email: emailKey,
          reason,
          detail,
          since: Moment.iso(createdAt)
        })),
        mailReader: reader === undefined ? null : { email: reader.emailKey, since: reader.createdAt.toISOString() }
      }
    }),
    forget: Effect.fn("MailPerson.forget")(function* ({ emailKey }: Player) {
      const now = new Date(yield* Clock.currentTimeMillis)
      yield* retry(repo.emptyOne(emailKey, now)).pipe(Effect.repeat({ while: (more) => more }))
      yield* retry(repo.removeSuppressions(emailKey))
      yield* retry(repo.removeReader(emailKey))
    })
  }
  return person
})
