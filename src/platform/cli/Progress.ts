import { Context, Effect, Layer } from "effect"

const width = 24

/** `██████░░░░  60 %  600 of 1000` */
export const lineOf = (done: number, total: number): string => {
  const share = total === 0 ? 1 : Math.min(1, Math.max(0, done / total))
  const filled = Math.floor(share * width)
  return `${"█".repeat(filled)}${"░".repeat(width - filled)} ${String(Math.floor(share * 100)).padStart(3)} %  ${done} of ${total}`
}

/**
 * A progress line on standard error that is overwritten at each step. Written only to a terminal: a log would get one
 * line per step. Standard output is reserved for the command's result.
 */
export class Progress extends Context.Service<
  Progress,
  {
    readonly show: (line: string) => Effect.Effect<void>
    /** Removes the line. */
    readonly clear: Effect.Effect<void>
  }
>()("fairground/platform/cli/Progress") {
  /** Writes to this stream if it is a terminal. */
  static readonly layerOf = (stream: { readonly isTTY?: boolean; readonly write: (text: string) => unknown }) => {
    const write = (text: string) => (stream.isTTY === true ? Effect.sync(() => void stream.write(text)) : Effect.void)
    const clear = write("\r\u001b[2K")
    return Layer.succeed(Progress, { clear, show: (line) => Effect.andThen(clear, write(line)) })
  }

  static readonly layer = Progress.layerOf(process.stderr)
}
