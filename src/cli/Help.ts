import { Console, Effect } from "effect"
import { CliOutput } from "effect/cli"

const toStderr = Effect.updateService(Console.Console, (console) =>
  Object.assign(Object.create(console) as Console.Console, {
    log: (...args: ReadonlyArray<unknown>) => console.error(...args)
  })
)

/**
 * Help that was not asked for goes to standard error, together with the error: a pipe receives a command's result or
 * nothing.
 */
export const layer = CliOutput.layerPresenter({
  present: (event) => {
    const presented = CliOutput.defaultPresenter.present(event)
    const isAsked = event._tag === "Version" || (event._tag === "Help" && event.reason === "Requested")
    return isAsked ? presented : toStderr(presented)
  }
})
