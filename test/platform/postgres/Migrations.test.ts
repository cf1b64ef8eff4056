import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const directory = fileURLToPath(new URL("../../../migrations", import.meta.url))

const sumOf = (text: string) => createHash("sha256").update(text).digest("hex")

/** What is wrong with the files of a migrations directory, given what earlier releases have applied. */
const faults = (files: Readonly<Record<string, string>>, sums: Readonly<Record<string, string>>) => {
  const found: Array<string> = []
  const names = Object.keys(files).sort()
  for (const [index, name] of names.entries()) {
    const number = /^(\d{4})_[a-z0-9_]+\.ts$/.exec(name)?.[1]
    if (number === undefined) found.push(`${name}: a migration is named like 0001_create_game.ts`)
    else if (names[index - 1]?.slice(0, 4) === number) found.push(`${name}: another migration has this number`)
    else if (index > 0 && Number(number) !== Number(names[index - 1]?.slice(0, 4)) + 1) {
      found.push(`${name}: no migration has the number before`)
    } else if (index === 0 && number !== "0001") found.push(`${name}: the first migration is 0001`)
  }
  for (const [name, text] of Object.entries(files)) {
    const [sum, known] = [sumOf(text), sums[name]]
    if (known === undefined) found.push(`${name} is new: \`npm run generate\` adds it to migrations/checksums.json`)
    else if (known !== sum) {
      found.push(
        `${name} was changed after it was added. Databases that have it will not get the change: write a new migration. ` +
          `Only where nobody has applied it yet, remove its line in migrations/checksums.json, and run \`npm run generate\`.`
      )
    }
  }
  for (const name of Object.keys(sums)) if (files[name] === undefined) found.push(`${name} was removed, or renamed`)
  return found
}

const list = (...names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, name]))
const sumsOf = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, sumOf(text)]))

describe("migrations", () => {
  it("are numbered without gaps, and as they were when they were added", () => {
    const names = readdirSync(directory).filter((name) => name !== "checksums.json")
    const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), "utf8")]))
    const sums = JSON.parse(readFileSync(join(directory, "checksums.json"), "utf8"))
    assert.isNotEmpty(names)
    assert.deepStrictEqual(faults(files, sums), [])
  })

  it("the check finds gaps, duplicates, edits, strangers, and what is missing", () => {
    const good = list("0001_a.ts", "0002_b.ts", "0003_c.ts")
    assert.deepStrictEqual(faults(good, sumsOf(good)), [])
    const wrong: ReadonlyArray<readonly [Readonly<Record<string, string>>, RegExp]> = [
      [list("0001_a.ts", "0003_c.ts"), /^0003_c.ts: no migration has the number before$/],
      [list("0001_a.ts", "0002_b.ts", "0002_c.ts"), /^0002_c.ts: another migration has this number$/],
      [list("0002_b.ts"), /^0002_b.ts: the first migration is 0001$/],
      [list("0001_a.ts", "2_b.ts"), /^2_b.ts: a migration is named like/]
    ]
    for (const [files, fault] of wrong) {
      const found = faults(files, sumsOf(files))
      assert.lengthOf(found, 1)
      assert.match(found[0] ?? "", fault)
    }
    assert.match(
      faults({ ...good, "0002_b.ts": "edited" }, sumsOf(good)).join(),
      /^0002_b.ts was changed after it was added/
    )
    assert.match(
      faults(good, sumsOf(list("0001_a.ts", "0002_b.ts"))).join(),
      /^0003_c.ts is new: `npm run generate` adds it to migrations\/checksums.json$/
    )
    assert.match(faults(list("0001_a.ts"), sumsOf(list("0001_a.ts", "0002_b.ts"))).join(), /^0002_b.ts was removed/)
  })
})
