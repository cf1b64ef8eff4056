import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { attack } from "./run/Attack.ts"
import * as Options from "./run/Options.ts"
import { summary } from "./run/Summary.ts"

const program = Effect.fnUntraced(function* (options: Options.Options) {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const say = (line: string) => console.error(`${seconds().toFixed(0).padStart(5)} s  ${line}`)
  yield* Console.log(`Seed ${options.seed}`)
  const outcome = yield* attack(options, say)
  yield* Console.log(summary(outcome, options, seconds()))
  if (outcome.findings.length === 0) return
  yield* Console.log(
    `To have it again: npm run attack -- --seed ${options.seed} --cases ${options.cases} --rounds ${outcome.rounds} --from ${options.from}`
  )
  process.exitCode = 1
})

const options = Options.parse(process.argv.slice(2))

if (options === undefined) {
  const asked = process.argv.slice(2).includes("--help")
  ;(asked ? console.log : console.error)(Options.help)
  process.exitCode = asked ? 0 : 2
} else {
  program(options).pipe(
    Effect.tapError(({ message }) => Console.error(`The attack could not go on (seed ${options.seed}): ${message}`)),
    NodeRuntime.runMain({ disableErrorReporting: true })
  )
}
