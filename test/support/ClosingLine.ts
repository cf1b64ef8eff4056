import { writeSync } from "node:fs"
import type { Reporter, SerializedError, TestModule, Vitest } from "vitest/node"

/** A test file: the states of its tests, and whether the whole file passed. */
export interface FileOutcome {
  readonly states: ReadonlyArray<string>
  readonly isOk: boolean
}

/**
 * Ends the output of a run with the line `N passed, N failed`, plus `, N skipped` if tests were skipped, for scripts to read.
 */
export class ClosingLine implements Reporter {
  private files: ReadonlyArray<FileOutcome> = []
  private errors = 0

  onInit(vitest: Vitest): void {
    if (vitest.config.watch) return
    // The summary, the coverage and the output of the global teardown all come after the end of the run.
    process.once("exit", (code) => writeSync(1, `${closingLine(this.files, this.errors, code)}\n`))
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<SerializedError>): void {
    this.files = modules.map((module) => ({
      states: Array.from(module.children.allTests(), (test) => test.result().state),
      isOk: module.ok()
    }))
    this.errors = errors.length
  }
}

/**
 * The line for these files, errors outside of tests, and exit code. A file that could not be loaded, an error outside of
 * tests and an aborted run each count as one failure, so no failed run reports `0 failed`.
 */
export const closingLine = (files: ReadonlyArray<FileOutcome>, errors: number, exitCode: number): string => {
  const count = (state: string) => files.flatMap((file) => file.states).filter((other) => other === state).length
  const broken = files.filter((file) => !file.isOk && !file.states.includes("failed")).length
  const failed = count("failed") + broken + errors
  const skipped = count("skipped")
  const line = `${count("passed")} passed, ${failed === 0 && exitCode !== 0 ? 1 : failed} failed`
  return skipped === 0 ? line : `${line}, ${skipped} skipped`
}
