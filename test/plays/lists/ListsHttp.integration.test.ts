import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fairground } from "../../support/service/CommandLine.ts"
import { keyFor } from "../../support/service/Credentials.ts"
import * as Service from "../../support/service/Service.ts"
import { addGame, query } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

it.live(
  "players, plays, entries and contacts over HTTP, for those who may see them",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const client = yield* Service.client()
      const { base, log } = yield* Service.start(url)
      yield* addGame(url, "wheel")
      yield* query(url, (sql) => sql`update game set limit_plays = 5, limit_period = 'day' where slug = 'wheel'`)
      const editor = yield* query(url, () => keyFor("editor"))
      const viewer = yield* query(url, () => keyFor("viewer"))
      const players = yield* query(url, () => keyFor("editor", ["players:read"]))
      const send = (method: string, path: string, headers: Readonly<Record<string, string>> = editor.headers) =>
        Effect.promise(() => client.send(base, method, `/api/v1${path}`, undefined, headers))
      const get = (path: string) => send("GET", path)
      const problem = ({ body, status }: Service.Answer) => [status, body["type"]]

      const play = (email: string, more: object = {}) =>
        Effect.promise(() => client.play(base, "wheel", { email, ...more }))
      const first = yield* play("nora+x@shop.example", { name: "Nora", data: { prize: "coffee" } })
      yield* play("nora+x@shop.example")
      yield* play("rejected@sandbox.example")
      const playId = String(first.body["id"])

      // By address.
      const found = yield* get("/players?email=Nora%2Bx%40shop.example")
      const [nora] = found.body["items"] as ReadonlyArray<Record<string, unknown>>
      assert.deepInclude(nora, { email: "nora+x@shop.example", name: null, games: 1, plays: 2 })
      const id = String(nora?.["id"])
      assert.deepStrictEqual((yield* get(`/players/${id}`)).body, nora)
      assert.lengthOf((yield* get("/players?emailPrefix=NORA%2B")).body["items"] as [], 1)
      assert.lengthOf((yield* get("/players?emailPrefix=%25")).body["items"] as [], 0)
      assert.lengthOf((yield* get("/players")).body["items"] as [], 2)

      // What they have played.
      const entry = {
        game: "wheel",
        playerId: id,
        email: "nora+x@shop.example",
        plays: 2,
        firstPlayedAt: first.body["playedAt"],
        periodPlays: 2
      }
      const plays = (yield* get(`/players/${id}/plays`)).body["items"] as ReadonlyArray<Record<string, unknown>>
      assert.deepStrictEqual(
        plays.map(({ data, name, number }) => [number, name, data]),
        [
          [2, null, null],
          [1, "Nora", { prize: "coffee" }]
        ]
      )
      assert.deepStrictEqual((yield* get(`/games/wheel/plays/${playId}`)).body, plays[1])
      assert.lengthOf((yield* get("/games/wheel/plays")).body["items"] as [], 3)
      assert.lengthOf((yield* get("/games/wheel/plays?to=2026-01-01T00:00:00Z")).body["items"] as [], 0)
      for (const path of [`/players/${id}/entries`, "/games/wheel/entries?limit=1"]) {
        assert.deepInclude(((yield* get(path)).body["items"] as [object])[0], entry)
      }
      assert.deepInclude((yield* get(`/games/wheel/entries/${id}`)).body, entry)
      const contact = { playerId: id, esp: "sandbox", verdict: "created", playId, game: "wheel", attempts: 1 }
      assert.deepInclude(((yield* get(`/players/${id}/contacts`)).body["items"] as [object])[0], contact)
      assert.deepInclude((yield* get(`/contacts/${id}/sandbox`)).body, contact)

      // The limit is reset, over HTTP and on the command line, and the log says so.
      const reset = yield* send("POST", `/games/wheel/entries/${id}/reset`)
      assert.deepStrictEqual([reset.status, reset.body["periodPlays"], reset.body["plays"]], [200, 0, 2])
      assert.strictEqual((yield* fairground(url, "entry", "reset", "wheel", "nora+x@shop.example")).code, 0)
      const audited = yield* query(
        url,
        (sql) =>
          sql`select via, account_id, target_kind, target_id, details from audit_entry where action = 'entry.reset' order by id`
      )
      const deed = { target_kind: "player", target_id: id, details: { game: "wheel" } }
      assert.deepStrictEqual(audited, [
        { via: "http", account_id: editor.accountId, ...deed },
        { via: "command-line", account_id: null, ...deed }
      ])
      yield* query(url, (sql) => sql`update game set limit_period = 'ever' where slug = 'wheel'`)
      assert.deepStrictEqual(problem(yield* send("POST", `/games/wheel/entries/${id}/reset`)), [
        409,
        "/problems/no-period"
      ])

      // Nobody else.
      const nobody = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b51"
      const paths = [
        "/players",
        `/players/${id}`,
        `/players/${id}/entries`,
        `/players/${id}/plays`,
        `/players/${id}/contacts`,
        "/games/wheel/plays",
        `/games/wheel/plays/${playId}`,
        "/games/wheel/entries",
        `/games/wheel/entries/${id}`,
        "/contacts",
        `/contacts/${id}/sandbox`
      ]
      for (const path of paths) {
        assert.deepStrictEqual(problem(yield* send("GET", path, {})), [401, "/problems/not-signed-in"], path)
        assert.deepStrictEqual(
          problem(yield* send("GET", path, viewer.headers)),
          [403, "/problems/not-permitted"],
          path
        )
        const isOfContacts = path.includes("contacts")
        assert.strictEqual((yield* send("GET", path, players.headers)).status, isOfContacts ? 403 : 200, path)
      }
      assert.strictEqual((yield* send("POST", `/games/wheel/entries/${id}/reset`, players.headers)).status, 403)
      assert.strictEqual((yield* send("POST", `/contacts/${id}/sandbox/retry`, players.headers)).status, 403)
      // What is public stays so.
      assert.strictEqual((yield* send("GET", `/plays/${playId}`, {})).status, 200)

      // What is not there, and what is no request.
      for (const [path, type] of [
        [`/players/${nobody}`, "player"],
        [`/players/${nobody}/entries`, "player"],
        [`/players/${nobody}/plays`, "player"],
        [`/players/${nobody}/contacts`, "player"],
        ["/games/nowhere/plays", "game"],
        ["/games/nowhere/entries", "game"],
        [`/games/wheel/plays/${nobody}`, "play"],
        [`/games/wheel/entries/${nobody}`, "entry"],
        [`/contacts/${nobody}/sandbox`, "contact"],
        [`/contacts/${id}/elsewhere`, "contact"],
        ["/contacts?game=nowhere", "game"]
      ] as const) {
        assert.deepStrictEqual(problem(yield* get(path)), [404, `/problems/${type}-not-found`], path)
      }
      const cursor = String((yield* get("/players?limit=1")).body["nextCursor"])
      const contacts = String((yield* get("/contacts?limit=1")).body["nextCursor"])
      for (const path of [
        "/players?email=nora",
        "/players?emailPrefix=",
        "/players?emailPrefix=a%01b",
        "/players?emailPrefix=a%20b",
        `/players?emailPrefix=nora&cursor=${cursor}`,
        `/games/wheel/plays?cursor=${cursor}`,
        "/games/wheel/plays?from=yesterday",
        "/games/wheel/plays?limit=0",
        "/games/wheel/plays/7",
        "/players/7",
        "/contacts?stuck=maybe",
        "/contacts?verdict=good",
        `/contacts?stuck=false&cursor=${contacts}`,
        "/contacts?cursor=x"
      ]) {
        assert.deepStrictEqual(problem(yield* get(path)), [400, "/problems/validation-failed"], path)
      }
      assert.notInclude(log(), "shop.example", "no address is logged")
      assert.notInclude(log(), "ERROR")
    }),
  60_000
)
