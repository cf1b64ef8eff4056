import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"

const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex")

/**
 * `migrations/checksums.json`: the checksum of each migration when it was added. An existing checksum is never renewed here, since
 * databases may have applied that version; a test fails if a file no longer matches. To renew the checksum of a migration that no
 * database has applied, remove its line first: so the change shows up in the review.
 */
export const checksums = (root: string): string => {
  const folder = path.join(root, "migrations")
  const known = JSON.parse(fs.readFileSync(path.join(folder, "checksums.json"), "utf8")) as Record<string, string>
  const files = fs.readdirSync(folder).filter((file) => file.endsWith(".ts"))
  const names = [...new Set([...Object.keys(known), ...files])].toSorted()
  const sums = names.map((name) => [name, known[name] ?? sumOf(fs.readFileSync(path.join(folder, name), "utf8"))])
  return `${JSON.stringify(Object.fromEntries(sums), null, 2)}\n`
}
