import { Effect } from "effect"
import { createServer, request } from "node:http"
import { brevo } from "./support/esp/brevo/BrevoSubject.ts"
import { listmonk } from "./support/esp/listmonk/ListmonkSubject.ts"
// front ports are fixed, so that they may be "down"
const mode: Record<string, string> = { brevo: "ok", listmonk: "ok" }
const times: Record<string, Array<number>> = {}
const most = (all: Array<number> = []) => { let max = 0, from = 0; all.forEach((t, i) => { while (all[from]! <= t - 1000) from++; max = Math.max(max, i - from + 1) }); return max }
const serve = (name: string, port: number, target: string) =>
  createServer((q, s) => {
    if (mode[name] === "hang") return
    if (mode[name] === "cut") return void q.socket.destroy()
    if (q.method === "POST") (times[name] ??= []).push(performance.now())
    const p = request(new URL(q.url ?? "/", target), { method: q.method, headers: q.headers }, (r) => { s.writeHead(r.statusCode ?? 0, r.headers); r.pipe(s) })
    q.pipe(p)
  }).listen(port, "127.0.0.1")
await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
  const b = yield* brevo.peer
  const l = yield* listmonk.peer
  serve("brevo", 7101, b.url); serve("listmonk", 7102, l.url)
  createServer((q, s) => {
    const [, name, m] = (q.url ?? "").split("/")
    if (m) mode[name!] = m
    const peer = name === "brevo" ? b : l
    const c = [...peer.contacts.values()]
    s.end(JSON.stringify({ mode, received: peer.received.length, calls: (times[name!] ?? []).length, mostIn1s: most(times[name!]), contacts: c.length, twice: c.filter((x) => x.creations > 1).length }) + "\n")
  }).listen(7100, "127.0.0.1")
  console.log(JSON.stringify({ brevo: brevo.settings("http://127.0.0.1:7101"), listmonk: listmonk.settings("http://127.0.0.1:7102"), env: { ...brevo.env, ...listmonk.env } }))
  yield* Effect.never
})) as never)
