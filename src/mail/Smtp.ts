import { Context, Duration, Effect, Layer, Redacted } from "effect"
import { createTransport, type NodemailerError } from "nodemailer"
import { isIP } from "node:net"
import type { Readable } from "node:stream"
import { redactor } from "../platform/observe/Redaction.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { SettingsError } from "../platform/settings/SettingsGroup.ts"
import type { Envelope } from "./Composed.ts"
import { MailSettings } from "./MailSettings.ts"
import { type Sender, serverOf, senderOf } from "./SmtpSettings.ts"
import { type SmtpVerdict, verdictOf } from "./SmtpVerdict.ts"

/** How an attempt ended. `reason`: for people, without addresses and secrets. */
export type Handed = { readonly _tag: "taken" } | (SmtpVerdict & { readonly reason: string })

/** The mail server, where one is set. */
export interface SmtpServer {
  readonly sender: Sender
  /** Where the links of mails lead to. */
  readonly publicUrl: string
  /** Hands in a mail. It takes at most three times SMTP_TIMEOUT; what is interrupted may still be taken. */
  readonly send: (envelope: Envelope) => Effect.Effect<Handed>
}

/** What went wrong, as far as it helps people. */
const reasonOf = ({ code, command, message, response }: NodemailerError): string => {
  if (code === "EABORT") return "ETIMEDOUT: The mail server did not come to an end"
  if (response === undefined || response === "") return `${code ?? "Failed"}: ${message}`
  return `Answer to ${command ?? "CONN"}: ${response}`
}

const make = Effect.gen(function* () {
  const { mailFrom, smtpConnections, smtpTimeout, smtpUrl } = yield* MailSettings
  const { publicUrl } = yield* Settings
  if (smtpUrl === undefined) return undefined
  const server = serverOf(smtpUrl)
  const sender = senderOf(mailFrom)
  const problems = [
    ...(typeof server === "string" ? [`SMTP_URL ${server}.`] : []),
    ...(sender === undefined
      ? [`MAIL_FROM is ${JSON.stringify(mailFrom)}: with SMTP_URL it must be an address, or \`Name <address>\`.`]
      : []),
    ...(publicUrl === undefined ? ["PUBLIC_URL is not set: with SMTP_URL it must be, because mails have links."] : [])
  ]
  if (typeof server === "string" || sender === undefined || publicUrl === undefined) {
    return yield* new SettingsError({ message: problems.join("\n") })
  }

  const timeout = Duration.toMillis(smtpTimeout)
  const { hostname } = new URL(publicUrl)
  const transport = createTransport({
    pool: true,
    maxConnections: smtpConnections,
    // Shorter than the least that servers wait for the next mail, so that it is this side that closes.
    idleTimeout: Math.min(timeout / 2, 30_000),
    host: server.host,
    port: server.port,
    secure: server.tls === "connection",
    requireTLS: server.tls === "required",
    opportunisticTLS: server.tls === "offered",
    tls: { minVersion: "TLSv1.2", rejectUnauthorized: server.tls !== "offered" },
    ...(server.auth === undefined ? {} : { auth: server.auth, forceAuth: true }),
    // How this client presents itself: the machine's name may be no name of the outside.
    ...(hostname.includes(".") && isIP(hostname) === 0 ? { name: hostname } : {}),
    dnsTimeout: timeout,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true
  })
  // Without a listener, the error of an idle connection would end the process. Whoever sends gets its own.
  transport.on("error", () => undefined)
  yield* Effect.addFinalizer(() => Effect.sync(() => transport.close()))

  const clean = redactor(
    server.auth === undefined ? [] : [Redacted.make(server.auth.pass), Redacted.make(server.auth.user)]
  )
  /** Of a mail that is being sent, by its signal. Once something was read from the stream, the server may have the mail. */
  const streams = new WeakMap<AbortSignal, Readable>()
  transport.use("stream", ({ data, message }, done) => {
    const create = message.createReadStream.bind(message)
    message.createReadStream = (...options) => {
      const stream = create(...options)
      if (data.signal !== undefined) streams.set(data.signal, stream)
      return stream
    }
    done()
  })

  const failureOf = (error: NodemailerError, to: string, signal: AbortSignal): Handed => {
    const reason = clean(reasonOf(error))
    // The mail itself cannot be put together.
    if (error.command === "API" && /^E(?:ENVELOPE|MESSAGE|STREAM)$/.test(error.code ?? "")) {
      return { _tag: "refused", isAddress: false, reason }
    }
    const isTooLarge = error.code === "EMESSAGE" && error.command === "MAIL FROM"
    const verdict = verdictOf({
      command: error.command ?? "CONN",
      code: isTooLarge ? 552 : error.responseCode,
      response: error.response ?? "",
      hasBegun: streams.get(signal)?.readableDidRead ?? false,
      isInternationalised: /[^\p{ASCII}]/u.test(to)
    })
    return { ...verdict, reason }
  }

  const send = Effect.fn("Smtp.send")(({ html, messageId, subject, text, to, unsubscribe }: Envelope) =>
    Effect.callback<Handed>((resume, interrupted) => {
      // The time-out of the transport is between two answers. This one ends what a server draws out without end.
      const signal = AbortSignal.any([interrupted, AbortSignal.timeout(3 * timeout)])
      transport.sendMail(
        {
          messageId: `<${messageId}>`,
          from: sender,
          to: { name: "", address: to },
          envelope: { from: sender.address, to },
          subject,
          text,
          html,
          xMailer: false,
          headers: {
            "Auto-Submitted": "auto-generated",
            ...(unsubscribe === undefined ? {} : { "List-Unsubscribe": `<${unsubscribe}>` }),
            // RFC 8058 section 3.1: one click needs HTTPS.
            ...(unsubscribe?.startsWith("https:") === true
              ? { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }
              : {})
          },
          signal
        },
        (error: NodemailerError | null) => {
          if (interrupted.aborted) return
          resume(Effect.succeed(error === null ? { _tag: "taken" } : failureOf(error, to, signal)))
        }
      )
    })
  )
  return { sender, publicUrl, send } satisfies SmtpServer
})

/** The mail server that SMTP_URL names; undefined: none is set. */
export class Smtp extends Context.Service<Smtp, SmtpServer | undefined>()("fairground/mail/Smtp") {
  static readonly layer = Layer.effect(Smtp, make)
}
