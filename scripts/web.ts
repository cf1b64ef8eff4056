/**
 * Builds the pages that browsers run into dist/web: the admin, and the widget that brands put on their pages.
 *
 *     npm run web              builds them
 *     npm run web -- --dev     serves the admin from its sources and changes it while it is edited; the API comes from the
 *                              service on PORT (8080)
 *
 * `npm start` and `npm test` build by themselves what has changed.
 */
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { alsoInputs, built, digest, entries } from "./web.mjs"
import { withoutTexts } from "./webTexts.ts"

const root = path.join(import.meta.dirname, "..")
const admin = path.join(root, "src", "web", "admin")
const widget = path.join(root, "src", "web", "game", "widget.ts")

/** What of the bundler's interface is used. It is installed below src/web, where this file cannot see its types. */
interface Context {
  readonly error: (message: string) => never
  readonly emitFile: (file: { readonly type: "asset"; readonly fileName: string; readonly source: string }) => void
  readonly getModuleIds: () => Iterable<string>
  readonly parse: (code: string) => unknown
}
type Bundle = Readonly<
  Record<string, { readonly fileName: string; readonly modules?: Readonly<Record<string, unknown>> }>
>
interface Vite {
  readonly build: (config: object) => Promise<unknown>
  readonly createServer: (config: object) => Promise<{ listen: () => Promise<unknown>; printUrls: () => void }>
}

const require = createRequire(path.join(root, "src", "web", "package.json"))

const load = async <A>(name: string): Promise<A> => (await import(pathToFileURL(require.resolve(name)).href)) as A

/** A kind of task names its runner, which is server code, in an import that only the server takes. */
const noRunners = {
  name: "fairground:no-runners",
  enforce: "pre",
  resolveId: (id: string) => (id.endsWith("Runner.ts") ? "\0runner" : null),
  load: (id: string) => (id === "\0runner" ? "export const runner = undefined" : null)
}

/**
 * Browsers have the tables of internationalised domains themselves, in `URL`. The package that Node needs for them would be a third
 * of the whole admin.
 */
const domains = {
  name: "fairground:domains",
  enforce: "pre",
  resolveId: (id: string) => (id === "tr46" ? "\0tr46" : null),
  load: (id: string) =>
    id === "\0tr46"
      ? `export const toASCII = (domain) => {
  if (!URL.canParse("http://" + domain)) return null
  const { hostname, href } = new URL("http://" + domain)
  return href === "http://" + hostname + "/" ? hostname : null
}
export const toUnicode = (domain) => ({ domain, error: false })`
      : null
}

const source = path.join(root, "src") + path.sep
const ownSource = path.join(source, "web") + path.sep

/** Behind the compiler of TypeScript, so that it sees JavaScript. */
const contract = {
  name: "fairground:contract",
  transform(this: Context, code: string, id: string) {
    if (!id.startsWith(source) || id.startsWith(ownSource) || !id.endsWith(".ts")) return null
    return { code: withoutTexts(code, this.parse(code)), map: null }
  }
}

/** Of the manifest, which the contract imports, browsers need two fields. */
const manifest = {
  name: "fairground:manifest",
  enforce: "pre",
  transform: (code: string, id: string) => {
    if (id !== path.join(root, "package.json")) return null
    const { license, version } = JSON.parse(code) as { readonly license: string; readonly version: string }
    return { code: JSON.stringify({ license, version }), moduleType: "json" }
  }
}

const serverCode =
  /node_modules\/(?:undici|redis|@redis|@effect\/(?:sql-pg|platform-node|opentelemetry))|browser-external|\/src\/(?!web\/).*(?:Repo|Http|Jobs|Cli|Module)\.ts$/

/** Fails the build if server code has come into the pages. */
const noServer = {
  name: "fairground:no-server",
  generateBundle(this: Context, _: unknown, bundle: Bundle) {
    for (const { fileName, modules = {} } of Object.values(bundle)) {
      const found = Object.keys(modules).find((id) => serverCode.test(id.replaceAll(path.sep, "/")))
      if (found !== undefined) this.error(`${fileName} holds server code: ${found}`)
    }
  }
}

/** Runs before the page is drawn, so that it comes in the theme that was chosen. A file, because the policy allows no script in HTML. */
const early = {
  name: "fairground:early",
  transformIndexHtml: () => {
    const source = fs.readFileSync(path.join(admin, "early.js"), "utf8")
    const name = `early-${digest(source).replaceAll(/[^\w]/g, "").slice(0, 8)}.js`
    return [{ tag: "script", attrs: { src: `/assets/${name}` }, injectTo: "head-prepend" }]
  },
  generateBundle(this: Context) {
    const source = fs.readFileSync(path.join(admin, "early.js"), "utf8")
    const name = `early-${digest(source).replaceAll(/[^\w]/g, "").slice(0, 8)}.js`
    this.emitFile({ type: "asset", fileName: `assets/${name}`, source })
  }
}

/** Notes the files that a build is made of. */
const noting = (found: Set<string>) => ({
  name: "fairground:inputs",
  generateBundle(this: Context) {
    for (const id of this.getModuleIds()) found.add(id.split("?", 1)[0] ?? id)
  }
})

const shared = { configFile: false, envDir: false, logLevel: "warn", clearScreen: false } as const

const output = { emptyOutDir: false, assetsInlineLimit: 0, reportCompressedSize: false, chunkSizeWarningLimit: 2000 }

const buildAdmin = async ({ build }: Vite, outDir: string, found: Set<string>) => {
  const { default: react } = await load<{ readonly default: () => unknown }>("@vitejs/plugin-react")
  await build({
    ...shared,
    root: admin,
    base: "/",
    publicDir: false,
    plugins: [noRunners, manifest, domains, contract, early, react(), noServer, noting(found)],
    build: {
      ...output,
      outDir,
      target: "es2023",
      modulePreload: { polyfill: false },
      manifest: "manifest.json",
      rollupOptions: {
        output: {
          // What so many screens need is one file: dozens of small ones compress worse, and each is a request of its own.
          codeSplitting: { groups: [{ name: "shared", minShareCount: 6 }] },
          entryFileNames: "assets/[name]-[hash].js",
          chunkFileNames: "assets/[name]-[hash].js",
          assetFileNames: "assets/[name]-[hash][extname]"
        }
      }
    }
  })
  fs.renameSync(path.join(outDir, "index.html"), path.join(outDir, "admin.html"))
}

/** One file without imports, which every page loads by itself. */
const buildWidget = ({ build }: Vite, outDir: string, found: Set<string>) =>
  build({
    ...shared,
    root: path.dirname(widget),
    publicDir: false,
    plugins: [noServer, noting(found)],
    build: {
      ...output,
      outDir,
      target: "es2022",
      modulePreload: false,
      rollupOptions: { input: widget, output: { codeSplitting: false, entryFileNames: "widget.js" } }
    }
  })

const filesIn = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))

/** Compresses here, so that no start has to: brotli takes seconds. Pictures and fonts are compressed already. */
const compress = (folder: string) => {
  for (const file of filesIn(folder)) {
    if (!/\.(?:js|css|html|svg)$/.test(file)) continue
    const bytes = fs.readFileSync(file)
    const br = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    })
    const gz = gzipSync(bytes, { level: 9 })
    if (br.length < bytes.length) fs.writeFileSync(`${file}.br`, br)
    if (gz.length < bytes.length) fs.writeFileSync(`${file}.gz`, gz)
  }
}

const inputsOf = (found: ReadonlySet<string>): Readonly<Record<string, string>> => {
  const files = [...found]
    .filter((id) => path.isAbsolute(id) && !id.includes(`${path.sep}node_modules${path.sep}`) && fs.existsSync(id))
    .map((id) => path.relative(root, id).replaceAll(path.sep, "/"))
  const early = "src/web/admin/early.js"
  const all = [...new Set([...files, early, ...alsoInputs, ...entries])].filter((file) =>
    fs.existsSync(path.join(root, file))
  )
  return Object.fromEntries(all.toSorted().map((file) => [file, digest(fs.readFileSync(path.join(root, file)))]))
}

/** Puts the finished folder in the place of the last one. Another build may do the same at this moment: the later one stays. */
const replace = (made: string) => {
  fs.mkdirSync(path.dirname(built), { recursive: true })
  const aside = `${built}.old.${process.pid}`
  for (let tries = 1; ; tries++) {
    try {
      if (fs.existsSync(built)) fs.renameSync(built, aside)
      fs.renameSync(made, built)
      break
    } catch (error) {
      if (tries === 10) throw error
    } finally {
      fs.rmSync(aside, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

const kilobytes = (file: string) => `${(gzipSync(fs.readFileSync(file), { level: 9 }).length / 1024).toFixed(1)} KiB`

const buildAll = async (vite: Vite) => {
  // Whatever the environment says, as under tests: React would be built for development.
  process.env["NODE_ENV"] = "production"
  const since = performance.now()
  const made = `${built}.new.${process.pid}`
  try {
    fs.mkdirSync(made, { recursive: true })
    const found = new Set<string>()
    await buildAdmin(vite, made, found)
    if (fs.existsSync(widget)) await buildWidget(vite, made, found)
    compress(made)
    fs.writeFileSync(path.join(made, "inputs.json"), `${JSON.stringify(inputsOf(found), undefined, 1)}\n`)
    replace(made)
  } finally {
    fs.rmSync(made, { recursive: true, force: true, maxRetries: 5 })
  }
  const widgetFile = path.join(built, "widget.js")
  process.stdout.write(
    `Built the pages in ${((performance.now() - since) / 1000).toFixed(1)} s${fs.existsSync(widgetFile) ? `; the widget has ${kilobytes(widgetFile)} compressed` : ""}.\n`
  )
}

/** The admin from its sources, at http://localhost:5173/admin/. */
const develop = async (vite: Vite) => {
  const { default: react } = await load<{ readonly default: () => unknown }>("@vitejs/plugin-react")
  const api = `http://localhost:${process.env["PORT"] ?? "8080"}`
  const server = await vite.createServer({
    ...shared,
    logLevel: "info",
    root: admin,
    base: "/admin/",
    publicDir: false,
    cacheDir: path.join(root, "src", "web", "node_modules", ".vite"),
    plugins: [noRunners, manifest, domains, react()],
    server: {
      fs: { allow: [root] },
      proxy: Object.fromEntries(["/api", "/sign-in", "/account", "/play", "/widget.js"].map((at) => [at, api]))
    }
  })
  await server.listen()
  server.printUrls()
}

const { values } = parseArgs({ options: { dev: { type: "boolean" } } })
const vite = await load<Vite>("vite")
await (values.dev === true ? develop(vite) : buildAll(vite))
