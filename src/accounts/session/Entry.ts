import { Context, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import type { AccountId, Method } from "../Account.ts"
import { Devices } from "../password/Devices.ts"
import { type Proceeded, Sessions } from "./Sessions.ts"
import type { StepRow } from "./SessionsRepo.ts"

/** The tokens in a browser's cookies; empty where it has none. */
export interface Browser {
  readonly session: string
  readonly step: string
  readonly device: string
}

/** A client without cookies. */
export const noBrowser: Browser = { session: "", step: "", device: "" }

/** What its person got in with, for the browser's cookies. */
export type Entered =
  | (Extract<Proceeded, { readonly _tag: "Session" }> & { readonly accountId: AccountId; readonly device: string })
  | Extract<Proceeded, { readonly _tag: "Step" }>

/** What they got in with where no second factor was owed, or it was proven. */
export type Opened = Extract<Entered, { readonly _tag: "Session" }>

const sessionOf = (id: string) => ({ kind: "session", id })

/**
 * What every way in has in common, whatever was proven: the session that the browser had before ends, so that nobody who planted or
 * knew its cookie is in (ASVS 7.2.4); the browser is remembered; the audit log says so. Both run in the transaction around them.
 */
export class Entry extends Context.Service<
  Entry,
  {
    /**
     * After `methods` were proven: a session, or a step where a second factor is owed. With `renew`, the id of the person's
     * session, that session is confirmed: it gets a new token.
     */
    readonly enter: (
      accountId: AccountId,
      methods: ReadonlyArray<Method>,
      browser: Browser,
      renew?: string
    ) => Effect.Effect<Entered, SqlError.SqlError>
    /** After the second factor of this step, which is the browser's, was proven. Undefined: the step is gone. */
    readonly finish: (
      step: StepRow,
      browser: Browser,
      method: Method
    ) => Effect.Effect<Opened | undefined, SqlError.SqlError>
  }
>()("fairground/accounts/session/Entry") {
  static readonly layer = Layer.effect(
    Entry,
    Effect.gen(function* () {
      const audit = yield* Audit
      const devices = yield* Devices
      const sessions = yield* Sessions

      const admit = Effect.fnUntraced(function* (
        accountId: AccountId,
        methods: ReadonlyArray<Method>,
        browser: Browser,
        session: Extract<Proceeded, { readonly _tag: "Session" }>,
        isConfirmation: boolean
      ) {
        const ended = isConfirmation ? undefined : yield* sessions.endByToken(browser.session)
        const device = yield* devices.remember(browser.device, accountId)
        yield* audit.record({
          action: isConfirmation ? "session.confirm" : "session.create",
          accountId,
          target: sessionOf(session.id),
          details: { methods: [...methods], ...(ended === undefined ? {} : { ended }) }
        })
        return { ...session, accountId, device }
      })

      return Entry.of({
        enter: Effect.fn("Entry.enter")(function* (accountId, methods, browser, renew) {
          const proceeded = yield* sessions.proceed(accountId, methods, renew)
          if (proceeded._tag === "Step") return proceeded
          return yield* admit(accountId, methods, browser, proceeded, proceeded.id === renew)
        }),
        finish: Effect.fn("Entry.finish")(function* (step, browser, method) {
          const session = yield* sessions.finishStep(browser.step, method)
          if (session === undefined) return undefined
          const isConfirmation = session.id === step.sessionId
          return yield* admit(step.accountId, [...step.methods, method], browser, session, isConfirmation)
        })
      })
    })
  )
}
