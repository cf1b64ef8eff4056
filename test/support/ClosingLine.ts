import { writeSync } from "node:fs"
import type { Reporter, SerializedError, TestModule, Vitest } from "vitest/node"

/**
 * Ends the output of a run with `N passed, N failed`, and `, N skipped` where tests were skipped, as the last line, for
 * scripts to read. A file that could not be loaded and an error outside of any test count as one failed each, so that no
 * run fails with `0 failed`.
 */
export class ClosingLine implements Reporter {
  private line = "0 passed, 0 failed"

  onInit(vitest: Vitest): void {
    if (vitest.config.watch) return
    // The summary, coverage and the words of the global teardown all come later than the end of the run.
    process.once("exit", () => writeSync(1, `${this.line}\n`))
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<SerializedError>): void {
    this.line = closingLine(
      modules.map((module) => ({
        states: Array.from(module.children.allTests(), (test) => test.result().state),
        isOk: module.ok()
      })),
      errors.length
    )
  }
}

/** The line for these test files: the states of each one's tests, and whether the file as a whole passed. */
export const closingLine = (
  modules: ReadonlyArray<{ readonly states: ReadonlyArray<string>; readonly isOk: boolean }>,
  errors: number
): string => {
  const count = (state: string) => modules.flatMap((module) => module.states).filter((other) => other === state).length
  const broken = modules.filter((module) => !module.isOk && !module.states.includes("failed")).length
  const skipped = count("skipped")
  const line = `${count("passed")} passed, ${count("failed") + broken + errors} failed`
  return skipped === 0 ? line : `${line}, ${skipped} skipped`
}
