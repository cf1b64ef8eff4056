import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { makeBlockedTime } from "../../../src/platform/observe/WatchdogTime.ts"

const program = fileURLToPath(new URL("WatchdogProgram.ts", import.meta.url))

interface Entry {
  readonly message: string
  readonly level: string
  readonly annotations: { readonly stack?: ReadonlyArray<string> }
  readonly fiberId: string
}

const entriesIn = (log: string) => (log.match(/^\{.*$/gm) ?? []).map((line) => JSON.parse(line) as Entry)

/** Runs the program to its end. */
const run = async (until: string, env: Record<string, string>, flags: ReadonlyArray<string> = []) => {
  const child = spawn(process.execPath, [...flags, program, until], {
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], ...env },
    stdio: ["ignore", "pipe", "ignore"]
  })
  const lines: Array<string> = []
  child.stdout.setEncoding("utf8").on("data", (text: string) => lines.push(text))
  const [code, signal] = await once(child, "close")
  const printed = lines.join("")
  return {
    end: code ?? signal,
    words: printed.match(/^\w+$/gm),
    log: entriesIn(printed)
  }
}

const isNamed = ({ annotations }: Entry) =>
  (annotations.stack ?? []).some((frame) => /^plantedBlock \(\S+WatchdogProgram\.ts:\d+:\d+\)$/.test(frame))

describe("Watchdog", { timeout: 60_000 }, () => {
  it("says where the event loop is blocked, while it is and afterwards, and counts it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fairground-watchdog-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const LOG_FILE = join(folder, "log")
    const env = { WATCHDOG_WARN: "300 millis", WATCHDOG_DEAD: "off", LOG_FILE }
    const { end, log, words } = await run("named", env)
    assert.deepStrictEqual([end, words], [0, ["blocking", "turning", "counted"]])
    assert.sameDeepMembers(entriesIn(readFileSync(LOG_FILE, "utf8")), log)
    const during = log.filter(({ fiberId }) => fiberId === "watchdog")
    assert.isNotEmpty(during)
    for (const { level, message } of during) {
      assert.strictEqual(level, "WARN")
      assert.match(message, /^The event loop has been blocked for \d\.\d s: nothing is answered until it turns again$/)
    }
    assert.isTrue(isNamed(during.at(-1)!))
    const after = log.at(-1)!
    assert.match(after.message, /^The event loop was blocked for \d\.\d s$/)
    assert.isTrue(isNamed(after))
    // Written without the logger, but in the same format.
    assert.sameMembers(Object.keys(during[0]!), Object.keys(after))
  })

  it("ends a process whose event loop does not turn again, and says where it was", async () => {
    const { end, log, words } = await run("forever", { WATCHDOG_WARN: "off", WATCHDOG_DEAD: "4 seconds" })
    assert.deepStrictEqual([end, words], ["SIGKILL", ["blocking"]])
    assert.lengthOf(log, 1)
    assert.strictEqual(log[0]!.level, "FATAL")
    assert.include(log[0]!.message, "WATCHDOG_DEAD")
    assert.isTrue(isNamed(log[0]!))
  })

  it("stands back while a debugger may hold the process", async () => {
    const env = { WATCHDOG_WARN: "100 millis", WATCHDOG_DEAD: "300 millis" }
    const { end, log, words } = await run("1500", env, ["--inspect=127.0.0.1:0"])
    assert.deepStrictEqual([end, words, log], [0, ["blocking", "turning", "counted"], []])
  })

  it("counts no time in which its own thread stood still, too", () => {
    const blockedFor = makeBlockedTime(100)
    assert.strictEqual(blockedFor(0, 1), 0)
    assert.strictEqual(blockedFor(100, 2), 0)
    assert.strictEqual(blockedFor(200, 2), 100)
    // Suspended for an hour: at most two checks are missing.
    assert.strictEqual(blockedFor(3_600_200, 2), 300)
    assert.strictEqual(blockedFor(3_600_300, 2), 400)
    assert.strictEqual(blockedFor(3_600_400, 3), 0)
  })
})
