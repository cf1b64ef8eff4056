import { NodeFileSystem } from "@effect/platform-node"
import { Effect, Layer, Logger, type PlatformError, References } from "effect"
import { whyOf } from "../FileErrors.ts"
import { withoutAddresses } from "./Redaction.ts"
import { Settings } from "../settings/Settings.ts"
import { SettingsError } from "../settings/SettingsGroup.ts"

const levels = { trace: "Trace", debug: "Debug", info: "Info", warn: "Warn", error: "Error", none: "None" } as const

const unusable = (file: string) => (error: PlatformError.PlatformError) =>
  new SettingsError({
    message: `LOG_FILE is ${JSON.stringify(file)}, which cannot be written: ${whyOf(error.reason.cause)}. It must be the path of a file, in a directory that exists, that this user may write.`
  })

/** Logs to standard output, pretty on a terminal and as JSON lines otherwise, and as JSON lines to LOG_FILE if set. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { logFile, logLevel } = yield* Settings
    // The command line's --log-level has already been applied, and takes precedence over the environment.
    const given = yield* References.MinimumLogLevel
    const lines = Logger.map(Logger.formatJson, withoutAddresses)
    const toConsole = process.stdout.isTTY ? Logger.consolePretty() : Logger.withConsoleLog(lines)
    const toFile = Logger.toFile(lines, logFile, { flag: "a" }).pipe(Effect.mapError(unusable(logFile)))
    const loggers = logFile === "" ? [toConsole] : [toConsole, toFile]
    return Logger.layer(loggers).pipe(
      Layer.provide(NodeFileSystem.layer),
      Layer.merge(Layer.succeed(References.MinimumLogLevel, given === "Info" ? levels[logLevel] : given))
    )
  })
)
