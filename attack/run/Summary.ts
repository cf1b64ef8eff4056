import { deafMillis, mostMegabytes } from "../invariants/Processes.ts"
import type { Outcome } from "./Attack.ts"
import type { Options } from "./Options.ts"

const wordsOf = (words: ReadonlyArray<readonly [string, number]>) =>
  words.map(([word, count]) => `${word}: ${count}`).join(", ")

/** What a run did and found, for people. */
export const summary = (outcome: Outcome, options: Options, seconds: number): string => {
  const { tally } = outcome
  const rows = tally.rows()
  const requests = rows.filter(([name]) => name !== "faults" && name !== "invariants")
  const row = (name: string) => wordsOf(rows.find(([other]) => other === name)?.[1] ?? [])
  const byKind = Map.groupBy(outcome.findings, ({ invariant }) => invariant)
  return [
    `Seed ${options.seed}: ${outcome.rounds} rounds in ${Math.round(seconds)} s, PostgreSQL ${outcome.postgres}`,
    "",
    "Requests, by kind and status:",
    ...requests.map(([name, words]) => `  ${name.padEnd(24)} ${wordsOf(words)}`),
    "",
    `Faults:     ${row("faults")}`,
    `Answered:   ${outcome.plays} plays, ${outcome.tasks} tasks, of which ${outcome.endsSeen} were seen to end`,
    `Checked:    ${row("invariants")}`,
    `Event loop: deaf for ${Math.round(outcome.deafest)} ms at most (allowed: ${deafMillis}), ${outcome.probes} probes`,
    `Memory:     ${Math.round(outcome.peakMegabytes)} MB at most in a replica (allowed: ${mostMegabytes})`,
    outcome.findings.length === 0
      ? "Found:      nothing"
      : `Found:      ${[...byKind].map(([invariant, all]) => `${invariant}: ${all.length}`).join(", ")}`
  ].join("\n")
}
