import { Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { hash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"

/** Answers a request for a file. */
export type Asset = (request: HttpServerRequest.HttpServerRequest) => HttpServerResponse.HttpServerResponse

/** A file in the encodings that the build made; an encoding that saves nothing is left out. */
export interface Bytes {
  readonly plain: Uint8Array
  readonly br?: Uint8Array | undefined
  readonly gzip?: Uint8Array | undefined
}

const accepts = {
  br: /\bbr\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i,
  gzip: /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i
}

const has = (tags: string | undefined, etag: string): boolean =>
  tags !== undefined && tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)

/**
 * Serves a file from memory: in the best encoding that the client accepts, and not at all to a client that has it. All answers share
 * the bytes.
 */
export const make = (bytes: Bytes, contentType: string, headers: Readonly<Record<string, string>>): Asset => {
  const etag = `"${hash("sha256", bytes.plain, "base64url").slice(0, 22)}"`
  const shared = { ...headers, etag, vary: "Accept-Encoding" }
  const of = (body: Uint8Array, encoding?: string) =>
    HttpServerResponse.uint8Array(body, {
      contentType,
      headers: encoding === undefined ? shared : { ...shared, "content-encoding": encoding }
    })
  const plain = of(bytes.plain)
  const br = bytes.br === undefined ? undefined : of(bytes.br, "br")
  const gzip = bytes.gzip === undefined ? undefined : of(bytes.gzip, "gzip")
  const unchanged = HttpServerResponse.empty({ status: 304, headers: shared })
  return (request) => {
    if (has(request.headers["if-none-match"], etag)) return unchanged
    const accepted = request.headers["accept-encoding"] ?? ""
    if (br !== undefined && accepts.br.test(accepted)) return br
    return gzip !== undefined && accepts.gzip.test(accepted) ? gzip : plain
  }
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
  ".woff2": "font/woff2"
}

/** The media type of a file by its name. */
export const typeOf = (name: string): string => types[path.extname(name)] ?? "application/octet-stream"

/** What the build made: each file of dist/web by its path in it, such as `assets/admin-BxYz1234.js`. */
export type Built = ReadonlyMap<string, Bytes>

const readAll = async (folder: string): Promise<Built | undefined> => {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  })
  if (entries === undefined) return undefined
  const files = new Map(
    await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map(async (file) => {
          const name = path.relative(folder, file).replaceAll(path.sep, "/")
          return [name, new Uint8Array(await fs.readFile(file))] as const
        })
    )
  )
  const built = new Map<string, Bytes>()
  for (const [name, plain] of files) {
    if (/\.(?:br|gz)$/.test(name)) continue
    built.set(name, { plain, br: files.get(`${name}.br`), gzip: files.get(`${name}.gz`) })
  }
  return built.has("admin.html") ? built : undefined
}

/**
 * Reads what the build made; undefined: nothing was built. A build that is replaced while it is read is read again: the launcher may
 * build for another start.
 */
export const read = (folder: string): Effect.Effect<Built | undefined> =>
  Effect.promise(() => readAll(folder).catch(() => readAll(folder)))
