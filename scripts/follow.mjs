/**
 * Loaded by run.mjs into what it starts: stops the program when the launcher is gone. A launcher killed with -9 can pass
 * nothing on, and its server would keep the port with nobody left to stop it.
 */
import process from "node:process"
import { isMainThread } from "node:worker_threads"

const CHECK_MS = 1000

if (isMainThread) {
  const launcher = process.ppid
  setInterval(() => {
    if (process.ppid !== launcher) process.kill(process.pid, "SIGTERM")
  }, CHECK_MS).unref()
}
