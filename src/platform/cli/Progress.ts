import { Context, Effect, Layer } from "effect"

const width = 24

/** `██████░░░░  60 %  600 of 1000` */
export const lineOf = (done: number, total: number): string => {
  const share = total === 0 ? 1 : Math.min(1, Math.max(0, done / total))
  const filled = Math.floor(share * width)
  return `${"█".repeat(filled)}${"░".repeat(width - filled)} ${String(Math.floor(share * 100)).padStart(3)} %  ${done} of ${total}`
}

/**
 * A line on standard error that is written over, for whoever watches. Nothing where that is no terminal: a log would get one
 * line for each step. Standard output is for what the command says.
 */
export class Progress extends Context.Service<
  Progress,
  {
    readonly show: (line: string) => Effect.Effect<void>
    /** Takes the line away. */
    readonly clear: Effect.Effect<void>
  }
>()("fairground/platform/cli/Progress") {
  /** On this stream, if it is a terminal. */
  static readonly layerOf = (stream: { readonly isTTY?: boolean; readonly write: (text: string) => unknown }) => {
    const write = (text: string) => (stream.isTTY === true ? Effect.sync(() => void stream.write(text)) : Effect.void)
    const clear = write("\r\u001b[2K")
    return Layer.succeed(Progress, { clear, show: (line) => Effect.andThen(clear, write(line)) })
  }

  static readonly layer = Progress.layerOf(process.stderr)
}
