import * as Accounts from "./accounts.ts"
import * as Ordinary from "./ordinary.ts"
import * as Statement from "./statement.ts"

/** `node bench/peers/serve.ts ordinary|prepared|statement|accounts`. Needs `DATABASE_URL` (a migrated database) and `PORT`. */
const peers = new Map([
  ["ordinary", (database: string) => Ordinary.make(database, false)],
  ["prepared", (database: string) => Ordinary.make(database, true)],
  ["statement", Statement.make],
  ["accounts", Accounts.make]
])
const make = peers.get(process.argv[2] ?? "")
const url = process.env["DATABASE_URL"]
if (make === undefined || url === undefined) {
  console.error("Usage: DATABASE_URL=… PORT=… node bench/peers/serve.ts ordinary|prepared|statement|accounts")
  process.exit(2)
}
const app = make(url)
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void app.close())
console.log(await app.listen({ host: "127.0.0.1", port: Number(process.env["PORT"] ?? "0") }))
