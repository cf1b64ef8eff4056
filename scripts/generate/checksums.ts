import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"

const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex")

/**
 * `migrations/checksums.json`: what each migration was when it was added. One that has a checksum keeps it, whatever its file says by
 * now: databases may have the migration as it was, and a test refuses the difference. To renew that of a migration which nobody has
 * applied yet, its line is removed first, so that the change is seen in the review.
 */
export const checksums = (root: string): string => {
  const folder = path.join(root, "migrations")
  const known = JSON.parse(fs.readFileSync(path.join(folder, "checksums.json"), "utf8")) as Record<string, string>
  const files = fs.readdirSync(folder).filter((file) => file.endsWith(".ts"))
  const names = [...new Set([...Object.keys(known), ...files])].toSorted()
  const sums = names.map((name) => [name, known[name] ?? sumOf(fs.readFileSync(path.join(folder, name), "utf8"))])
  return `${JSON.stringify(Object.fromEntries(sums), null, 2)}\n`
}
