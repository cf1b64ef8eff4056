import * as path from "node:path"
import { rolldown } from "rolldown"

const entry = path.resolve(import.meta.dirname, "../../../../src/web/game/widget.ts")

/** The widget as browsers get it: one minified file, as the build of the pages makes it. */
export const bundle = async (): Promise<string> => {
  const build = await rolldown({
    input: entry,
    transform: { target: "es2022" },
    onLog: (_level, log) => {
      throw new Error(log.message)
    }
  })
  const { output } = await build.generate({ format: "es", minify: true, codeSplitting: false })
  await build.close()
  if (output.length !== 1) throw new Error(`There are ${output.length} files`)
  return output[0].code
}
