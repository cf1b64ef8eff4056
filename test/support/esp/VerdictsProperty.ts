import { assert, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Layer, Logger, Option } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import * as fc from "fast-check"
import type { Contacts } from "../../../src/contacts/Contacts.ts"
import { EspClient } from "../../../src/esp/EspClient.ts"
import { EspGuard } from "../../../src/esp/EspGuard.ts"
import type { Games } from "../../../src/games/Games.ts"
import { normalise } from "../../../src/players/Email.ts"
import type { PlayId } from "../../../src/plays/Play.ts"
import { Plays, type RecordError } from "../../../src/plays/Plays.ts"
import { addGame, record, replica } from "../service/Recording.ts"
import { until, untilTrue } from "../service/Service.ts"
import * as TestDatabase from "../TestDatabase.ts"
import { faultProxy } from "./FaultProxy.ts"
import type { ProviderSubject } from "./ProviderSubject.ts"
import { connected, ungoverned } from "./suite/Bench.ts"
import { type Action, type Interleaving, interleavings } from "./VerdictActions.ts"
import { settleDue } from "../service/SettleDue.ts"

/**
 * Short, so that a hanging call delays a run little. A healthy call that takes longer on a busy machine is just another
 * fault.
 */
const env = {
  ESP_DEADLINE: "40 millis",
  // More than what a read-only request leaves of it (CallEnd.ts): otherwise listmonk's check would never run.
  ESP_CALL_TIMEOUT: "200 millis",
  ESP_ATTEMPT_DEADLINE: "450 millis",
  ESP_RETRIES: "1",
  ESP_RETRY_PAUSE: "2 millis",
  ESP_SETTLE_PAUSE: "1 millis",
  ESP_SETTLE_PAUSE_MAX: "1 millis",
  SHUTDOWN_GRACE: "1 millis"
}

const nameOf = ({ emailKey, esp }: { readonly emailKey: string; readonly esp: string }) => `${esp} ${emailKey}`

/**
 * Tracks for which contacts a call may have left the outcome open: a call in progress, or one that ended without a definite
 * answer. A call that is given up counts from its start, because others may have answered by the time its end is known.
 */
const watching = () => {
  const seen = { underWay: 0, calls: 0 }
  const open = new Map<string, number>()
  const leave = (name: string, by: number) => void open.set(name, (open.get(name) ?? 0) + by)
  const layer = Layer.effect(
    EspClient,
    Effect.map(EspClient, ({ connections, register }) =>
      EspClient.of({
        connections,
        register: (contact) =>
          Effect.suspend(() => {
            seen.calls++
            seen.underWay++
            leave(nameOf(contact), 1)
            return Effect.onExit(register(contact), (exit) =>
              Effect.sync(() => {
                seen.underWay--
                const error = Exit.isSuccess(exit)
                  ? undefined
                  : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
                const isSure =
                  Exit.isSuccess(exit) || (error !== undefined && (error._tag === "EspRejected" || !error.mayHaveActed))
                if (isSure) leave(nameOf(contact), -1)
              })
            )
          })
      })
    )
  )
  return { layer, seen, leave, isOpen: (name: string) => (open.get(name) ?? 0) > 0 }
}

/**
 * For any interleaving of faults, plays, settling and expiring leases, in two processes:
 *
 * - a verdict that was answered or stored never changes;
 * - an address is created at the provider at most once, if the provider allows that;
 * - an address that the provider did not have is never answered `existed`, and one that it had is never answered `created`,
 *   unless an earlier call or attempt of ours was left open: then the two are indistinguishable, and it counts as ours;
 * - once all faults are gone, every address gets a verdict.
 */
export const verdictsProperty = (subject: ProviderSubject, runs = 40) =>
  it.live(`verdicts stand, whatever happens at ${subject.name}`, () =>
    Effect.scoped(
      Effect.gen(function* () {
        // Each run has its own provider, so that limits and open circuits do not affect the next run.
        const sites = yield* Effect.forEach(
          Array.from({ length: runs }, (_, index) => `shop-${index}`),
          Effect.fnUntraced(function* (esp) {
            const peer = yield* subject.peer
            return { esp, peer, proxy: yield* faultProxy(peer.url) }
          })
        )
        const { isOpen, layer: watched, leave, seen } = watching()
        const connections = Object.fromEntries(sites.map(({ esp, proxy }) => [esp, subject.settings(proxy.url)]))
        const url = yield* TestDatabase.makeUrl
        // Limits have a suite of their own. Here a rate limit is one fault among others.
        const guard = EspGuard.layer.pipe(Layer.provide(ungoverned()))
        const process = replica(url, env, guard).pipe(
          Layer.provide(watched),
          Layer.provide(connected(subject, connections)),
          Layer.provide(ungoverned())
        )
        const processes = [yield* Layer.build(process), yield* Layer.build(process)] as const
        const counts = { existed: 0, created: 0, rejected: 0, late: 0, unknown: 0 }
        let run = 0

        const holds = Effect.fnUntraced(function* (steps: Interleaving) {
          const site = sites[run++ % sites.length] ?? assert.fail("no site")
          const { esp, peer, proxy } = site
          const sql = yield* SqlClient.SqlClient
          const slug = yield* addGame({ esp })
          const emails = ["new", "fresh", "known", "quiet"].map((local) => `${local}.${esp}@shop.example`)
          const refused = subject.refused.find(({ email }) => Option.isSome(normalise(email)))
          emails.push(refused?.email ?? `other.${esp}@shop.example`)
          const known = emails.slice(2, 4)
          for (const email of known) peer.add(email, email.startsWith("quiet") ? "unsubscribed" : "subscribed")
          const plays: Array<{ readonly id: PlayId; readonly email: string }> = []
          const verdicts = new Map<string, string>()

          /** Every statement about an address passes through here. */
          const said = (email: string, verdict: string) => {
            if (verdict === "unknown") return
            const key = Option.getOrThrow(normalise(email))
            const first = verdicts.get(key) ?? verdict
            verdicts.set(key, first)
            assert.strictEqual(verdict, first, `${key} has changed its verdict`)
            if (!known.includes(key)) assert.notStrictEqual(verdict, "existed", `${key} was not there before`)
            else if (!isOpen(nameOf({ esp, emailKey: key })))
              assert.notStrictEqual(verdict, "created", `${key} was there before`)
          }

          const stored = Effect.map(
            sql<{ email: string; verdict: string }>`
              select email_key as email, verdict from contact join player on player.id = contact.player_id where esp = ${esp}`,
            (rows) => {
              for (const { email, verdict } of rows) said(email, verdict)
              return rows
            }
          )

          /** A lease that expires before its attempt ends leaves the outcome of that attempt open. */
          const expire = Effect.map(
            sql<{ email: string; wasLeased: boolean }>`
              with held as (
                select contact.player_id, player.email_key as email, due_at > now() + interval '5 seconds' as was_leased
                from contact join player on player.id = contact.player_id
                where esp = ${esp} and verdict = 'unknown' for update of contact
              )
              update contact set due_at = now() - interval '1 second'
              from held
              where contact.player_id = held.player_id and contact.esp = ${esp} and contact.verdict = 'unknown'
              returning held.email, held.was_leased`,
            (rows) => {
              for (const { email, wasLeased } of rows) if (wasLeased) leave(nameOf({ esp, emailKey: email }), 1)
            }
          )

          const settle = settleDue(8)

          const act = (action: Action): Effect.Effect<void, SqlError.SqlError | RecordError> => {
            switch (action._tag) {
              case "play": {
                const email = emails[action.who] ?? assert.fail("nobody")
                const isLoud = action.isLoud && subject.foldsCase && action.who < 4
                return record(slug, isLoud ? email.toUpperCase() : email).pipe(
                  Effect.flatMap(({ contact, id }) =>
                    Effect.sync(() => {
                      plays.push({ id, email })
                      if (contact === "unknown") counts.unknown++
                      said(email, contact)
                    })
                  ),
                  Effect.provide(processes[action.replica])
                )
              }
              case "settle":
                return Effect.asVoid(Effect.provide(settle, processes[action.replica]))
              case "expire":
                return expire
              case "fault":
                return Effect.sync(() => peer.fault(...action.faults))
              case "network":
                return proxy.set(action.mode)
            }
          }

          for (const step of steps) {
            yield* Effect.forEach(step, act, { concurrency: "unbounded", discard: true })
            yield* stored
          }

          peer.mend()
          yield* proxy.set("pass")
          yield* untilTrue("no call is under way", () => seen.underWay === 0)
          yield* until(
            "a verdict for everybody",
            Effect.gen(function* () {
              yield* expire
              yield* Effect.provide(settle, processes[0])
              return (yield* stored).every(({ verdict }) => verdict !== "unknown") ? true : undefined
            })
          )
          for (const { email, id } of plays) {
            const { contact } = yield* Effect.flatMap(Plays, (service) => service.get(id))
            assert.notStrictEqual(contact, "unknown")
            said(email, contact)
          }
          for (const [email, verdict] of verdicts) {
            if (verdict === "existed" || verdict === "created" || verdict === "rejected") counts[verdict]++
            if (known.includes(email) && verdict === "created") counts.late++
            const creations = peer.contacts.get(email)?.creations ?? 0
            if (known.includes(email)) assert.strictEqual(creations, 0, email)
            else if (verdict === "created") assert.isAtLeast(creations, 1, email)
            if (subject.createsOnce) assert.isAtMost(creations, 1, email)
          }
        })

        const context = Context.merge(yield* Effect.context<never>(), processes[0])
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(interleavings, (steps) =>
              Effect.runPromiseWith(context as Context.Context<Games | Plays | Contacts | SqlClient.SqlClient>)(
                holds(steps)
              )
            ),
            // The same steps interleave differently when repeated, so shrinking is useless.
            { numRuns: runs, endOnFailure: true }
          )
        )
        assert.isAbove(counts.created, runs / 4, JSON.stringify(counts))
        assert.isAbove(counts.existed, runs / 10, JSON.stringify(counts))
        assert.isAbove(counts.unknown, runs / 10, JSON.stringify(counts))
        assert.isAbove(seen.calls, 2 * runs)
      })
    ).pipe(Effect.provide(Logger.layer([])))
  )
