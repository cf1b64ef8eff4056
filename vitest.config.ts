import { defineConfig } from "vitest/config"
import { ClosingLine } from "./test/support/ClosingLine.ts"

export default defineConfig({
  test: {
    environment: "node",
    // Processes, not threads: tests change users, signals and the environment of theirs.
    pool: "forks",
    // More than one also on a machine of two cores, where the default is one: many tests wait for processes and clocks.
    maxWorkers: "100%",
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/GlobalSetup.ts",
    // Above what the slowest test needs on a busy machine; a hung one still ends the run in a minute.
    // A walk through all screens in a browser, on a machine that does other things too.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    reporters: ["default", new ClosingLine()]
  }
})
