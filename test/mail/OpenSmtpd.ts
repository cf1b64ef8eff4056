import { Effect } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { freePort } from "../support/redis/RedisServer.ts"
import * as Service from "../support/service/Service.ts"

const isRoot = userInfo().uid === 0

/** OpenSMTPD has to be started by root, to become several users. */
const asRoot = (command: string, ...args: ReadonlyArray<string>): [string, ReadonlyArray<string>] =>
  isRoot ? [command, args] : ["sudo", ["-n", command, ...args]]

const works = (command: string, ...args: ReadonlyArray<string>): boolean => {
  const [name, all] = asRoot(command, ...args)
  return spawnSync(name, all, { stdio: "ignore" }).status === 0
}

const program = "/usr/sbin/smtpd"

/** Whether OpenSMTPD is installed, and may be started. */
export const installed = works("test", "-x", program)

export interface OpenSmtpd {
  readonly url: string
  /** What was delivered, from the Maildir. */
  readonly delivered: () => ReadonlyArray<string>
}

/** It keeps its queue and its socket in fixed places: a namespace of its own keeps it apart from others on the machine. */
const apart = `
  if unshare --mount true 2>/dev/null; then
    exec unshare --mount sh -c 'mount --make-rprivate / && mount -t tmpfs tmpfs /var/spool && mkdir -m 711 /var/spool/smtpd \\
      && mount -t tmpfs tmpfs /run && exec ${program} -d -f "$1"' sh "$1"
  fi
  exec ${program} -d -f "$1"`

/**
 * OpenSMTPD on a free port, which delivers what is for these addresses to one Maildir and refuses all else. Without TLS, and so
 * without signing in: the package of Debian 12 cannot use its own keys with the OpenSSL that it is linked with.
 */
export const start = Effect.fnUntraced(function* (addresses: ReadonlyArray<string>) {
  const port = yield* freePort
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "fairground-smtpd-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  chmodSync(directory, 0o755)
  // It delivers to nobody who is root.
  const owner = isRoot ? "nobody" : userInfo().username
  const maildir = mkdtempSync(join(directory, "maildir-"))
  if (isRoot) chownSync(maildir, Number(spawnSync("id", ["-u", owner], { encoding: "utf8" }).stdout), 0)
  const settings = join(directory, "smtpd.conf")
  writeFileSync(
    settings,
    `table boxes { ${addresses.map((address) => `"${address}" = "${owner}"`).join(", ")} }
listen on 127.0.0.1 port ${port} hostname localhost
action "keep" maildir "${maildir}" virtual <boxes>
match from any for domain { ${[...new Set(addresses.map((address) => `"${address.replace(/.*@/, "")}"`))].join(", ")} } action "keep"
`
  )
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const [name, args] = asRoot("sh", "-c", apart, "sh", settings)
      return spawn(name, args, { stdio: ["ignore", "pipe", "pipe"] })
    }),
    (child) =>
      Effect.promise(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const ended = once(child, "exit")
        child.kill("SIGTERM")
        await ended
      })
  )
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()))
  yield* Service.until(
    "OpenSMTPD listens",
    Effect.suspend(() => {
      if (child.exitCode !== null) return Effect.die(new Error(`smtpd ended with ${child.exitCode}: ${output}`))
      return Effect.callback<true | undefined>((resume) => {
        const socket = connect(port, "127.0.0.1")
        socket.once("data", () => {
          socket.destroy()
          resume(Effect.succeed(true))
        })
        socket.once("error", () => resume(Effect.void as Effect.Effect<undefined>))
      })
    })
  )
  return {
    url: `smtp://127.0.0.1:${port}`,
    delivered: () =>
      readdirSync(maildir)
        .filter((name) => name === "new")
        .flatMap((name) =>
          readdirSync(join(maildir, name))
            .sort()
            .map((file) => join(maildir, name, file))
        )
        .map((path) => readFileSync(path, "utf8"))
  } satisfies OpenSmtpd
})
