import { Effect } from "effect"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { format } from "node:util"
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server"

export type Stage = "connect" | "auth" | "mail" | "rcpt" | "data"

/**
 * What goes wrong: an answer; `drop`: the connection is cut instead of an answer; `hang`: there is none. With `data` the peer has
 * kept the mail before.
 */
export type Fault =
  | { readonly code: number; readonly message: string }
  | "drop"
  | "hang"
  /** The usual answer, when the test wants it. */
  | { readonly later: (answer: () => void) => void }

export interface Taken {
  readonly from: string
  readonly to: string
  readonly raw: string
  readonly isEncrypted: boolean
  readonly user: string | undefined
}

export interface SmtpPeer {
  readonly port: number
  readonly url: string
  /** Mails of which the peer has the whole text. */
  readonly taken: ReadonlyArray<Taken>
  /** What was said on all connections, line by line. */
  readonly lines: ReadonlyArray<string>
  readonly connections: () => number
  /** How often each stage was reached. */
  readonly reached: (stage: Stage) => number
  /** From now on. Undefined: nothing. `to`: the address, where it is known. */
  readonly break: (fault: (stage: Stage, to: string | undefined) => Fault | undefined) => void
  /** Cuts every connection, as a server that restarts does. */
  readonly cut: () => void
}

/** A mail server in this process, which can be told to fail. It stops with the scope. */
export const start = (options: SMTPServerOptions & { readonly password?: string } = {}) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const taken: Array<Taken> = []
      const lines: Array<string> = []
      const counts = new Map<Stage, number>()
      let connections = 0
      let faultOf: (stage: Stage, to: string | undefined) => Fault | undefined = () => undefined
      const { password, ...rest } = options

      const cut = (id?: string) => {
        for (const connection of server.connections) {
          if (id === undefined || connection.id === id) connection._socket.destroy()
        }
      }
      const answer = (
        stage: Stage,
        session: SMTPServerSession,
        done: (error?: Error | null) => void,
        to?: string
      ): void => {
        counts.set(stage, (counts.get(stage) ?? 0) + 1)
        const fault = faultOf(stage, to)
        if (fault === undefined) return done()
        if (fault === "hang") return
        if (fault === "drop") return cut(session.id)
        if ("later" in fault) return fault.later(() => done())
        done(Object.assign(new Error(fault.message), { responseCode: fault.code }))
      }

      const server: SMTPServer = new SMTPServer({
        authOptional: password === undefined,
        disabledCommands: [
          ...(password === undefined ? ["AUTH"] : []),
          ...(rest.key === undefined ? ["STARTTLS"] : [])
        ],
        disableReverseLookup: true,
        logger: Object.fromEntries(
          ["trace", "debug", "info", "warn", "error", "fatal"].map((level) => [
            level,
            (_facts: object, text: string, ...values: ReadonlyArray<unknown>) =>
              void lines.push(format(text, ...values))
          ])
        ),
        closeTimeout: 10,
        ...rest,
        onConnect: (session, done) => {
          connections++
          answer("connect", session, done)
        },
        onAuth: (auth, session, done) => {
          answer("auth", session, (error) => {
            if (error !== undefined && error !== null) return done(error)
            if (auth.password === password) return done(null, { user: auth.username ?? "" })
            done(Object.assign(new Error("5.7.8 Wrong password"), { responseCode: 535 }))
          })
        },
        onMailFrom: (_address, session, done) => answer("mail", session, done),
        onRcptTo: ({ address }, session, done) => answer("rcpt", session, done, address),
        onData: (stream, session, done) => {
          const { mailFrom, rcptTo } = session.envelope
          const to = rcptTo[0]?.address ?? ""
          void text(stream).then((raw) => {
            taken.push({
              from: mailFrom === false ? "" : mailFrom.address,
              to,
              raw,
              isEncrypted: session.secure,
              user: session.user as string | undefined
            })
            answer("data", session, done, to)
          })
        }
      })
      // Cut and refused connections are what the tests are about.
      server.on("error", () => undefined)
      await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
      const { port } = server.server.address() as AddressInfo
      const peer: SmtpPeer = {
        port,
        url: `${rest.secure === true ? "smtps" : "smtp"}://127.0.0.1:${port}`,
        taken,
        lines,
        connections: () => connections,
        reached: (stage) => counts.get(stage) ?? 0,
        break: (fault) => {
          faultOf = fault
        },
        cut: () => cut()
      }
      return { peer, server }
    }),
    ({ server }) => Effect.promise(() => new Promise<void>((resolve) => server.close(() => resolve())))
  ).pipe(Effect.map(({ peer }) => peer))
