import { Effect, Layer, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Audit } from "../audit/Audit.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json, optional } from "../platform/cli/Flags.ts"
import * as Terminal from "../platform/cli/Terminal.ts"
import { normalise } from "../players/Email.ts"
import { MailSettings } from "./MailSettings.ts"
import { MailWaking } from "./MailWaking.ts"
import { factsOf, MailFacts, MailId, MailStatus, type Message } from "./Message.ts"
import { Outbox, type Said } from "./Outbox.ts"

const withOutbox = Effect.provide(
  Outbox.layer.pipe(Layer.provide([Audit.layer, MailWaking.layer]), Layer.provideMerge(commandDatabase(MailSettings)))
)

const id = Argument.String("id").pipe(Argument.withDescription("The mail's id."), Argument.withSchema(MailId))

const encode = Schema.encodeSync(MailFacts)

const row = (message: Message): ReadonlyArray<string> => {
  const { attempts, createdAt, reason, status, subject, to } = encode(factsOf(message))
  return [
    message.id,
    status,
    createdAt,
    to ?? "(forgotten)",
    subject ?? "",
    ...(attempts === 0 ? [] : [`attempts ${attempts}`]),
    ...(reason === null ? [] : [reason])
  ]
}

/** What `show` prints. */
export const shown = (message: Message, said: Said): ReadonlyArray<string> => {
  const { about, attempts, createdAt, endedAt, expiresAt, nextAttemptAt, reason, status, to } = encode(factsOf(message))
  return [
    `${message.id}: ${status}${about === null ? "" : `, about ${about.kind} ${about.id}`}`,
    `  to: ${to ?? "(forgotten)"}`,
    `  stored ${createdAt}, next attempt ${nextAttemptAt ?? "never"}, expires ${expiresAt}, ended ${endedAt ?? "not yet"}`,
    ...(reason === null ? [] : [`  attempts: ${attempts}; the last failed: ${reason}`]),
    `  subject: ${said.subject}`,
    "",
    ...said.text.trimEnd().split("\n")
  ]
}

const list = Command.make(
  "list",
  {
    status: optional(
      Flag.Literals("status", MailStatus.literals).pipe(Flag.withDescription("Only mails with this status."))
    ),
    to: optional(
      Flag.String("to").pipe(
        Flag.withDescription("Only mails to this address."),
        Flag.filter(
          (text) => Option.isSome(normalise(text)),
          () => "an email address"
        )
      )
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("How many at most, the newest first, 1 to 1000; left out: 25."),
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
      Flag.withDefault(25)
    ),
    json
  },
  Effect.fnUntraced(function* ({ json, limit, status, to }) {
    const outbox = yield* Outbox
    const { items } = yield* outbox.list({
      limit,
      ...(status === null ? {} : { status }),
      ...(to === null ? {} : { to })
    })
    if (json) return yield* Terminal.print(JSON.stringify(items.map((one) => encode(factsOf(one)))))
    yield* Terminal.print(items.length === 0 ? "There are no such mails." : Terminal.columns(items.map(row)))
  }, withOutbox)
).pipe(
  Command.withDescription("List mails, the newest first."),
  Command.withExamples([
    { command: "fairground mail list --status outbox", description: "What waits to be sent" },
    { command: "fairground mail list --to vera@brand.example", description: "What became of the mails to an address" }
  ])
)

const show = Command.make(
  "show",
  { id, json },
  Effect.fnUntraced(function* ({ id, json }) {
    const outbox = yield* Outbox
    const message = yield* outbox.find(id)
    // A link lets its bearer in: it is for the eyes of whoever sits here, not for a file or a log.
    const said = yield* process.stdout.isTTY ? outbox.read(id) : outbox.preview(id)
    yield* Terminal.print(
      json ? JSON.stringify({ ...encode(factsOf(message)), text: said.text, html: said.html }) : shown(message, said)
    )
  }, withOutbox)
).pipe(
  Command.withDescription(
    "Show one mail with what it says. On a terminal, the secret link of a mail that was not sent yet is shown too; elsewhere it is masked."
  )
)

const resend = Command.make(
  "resend",
  { id, json },
  Effect.fnUntraced(function* ({ id, json }) {
    const message = yield* (yield* Outbox).resend(id)
    yield* Terminal.print(json ? JSON.stringify(encode(factsOf(message))) : Terminal.columns([row(message)]))
  }, withOutbox)
).pipe(
  Command.withDescription(
    "Put a mail that was sent, refused or given up into the outbox again. One whose secret link is gone cannot be sent again."
  )
)

export const mail = Command.make("mail").pipe(
  Command.withDescription("See the mails that wait or were sent, and send them again."),
  Command.withSubcommands([list, show, resend])
)
